// The arguments of one attack on an operator: drawn at random, or from a valid call of which some are changed.
#pragma once

#include <cmath>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "../src/schema.h"
#include "mmtorch.h"
#include "valid_calls.h"

using Random = std::mt19937_64;

template <typename Item>
Item pick(Random& random, std::initializer_list<Item> items) {
  return *(items.begin() + random() % items.size());
}

inline bool chance(Random& random, int percent) { return static_cast<int>(random() % 100) < percent; }

// Arguments of one call, kept until it is over, with a text that says what they were.
struct Arguments {
  std::vector<mmt_value> values;
  std::vector<std::vector<int64_t>> integers;
  std::vector<std::vector<double>> reals;
  std::vector<std::vector<int32_t>> flags;
  std::deque<std::string> texts;
  std::vector<mmt_tensor> tensors;
  std::string text;
};

class Attack {
 public:
  explicit Attack(uint64_t seed) : random_(seed) {}

  Arguments draw(const mmt::Schema& schema, const std::vector<std::vector<Word>>& valid) {
    Arguments drawn;
    if (!valid.empty() && chance(random_, 80)) {
      const std::vector<Word>& words = valid[random_() % valid.size()];
      if (words.size() == schema.arguments.size()) {
        // One in four stays as it is: results are read, too.
        size_t changed = words.size() * (chance(random_, 25) ? 2 : 1);
        size_t other = chance(random_, 40) ? random_() % words.size() : changed;
        changed = changed > words.size() ? changed : random_() % words.size();
        for (size_t i = 0; i < words.size(); ++i) {
          bool odd = i == changed || i == other;
          drawn.values.push_back(odd && chance(random_, 25) ? value(schema.arguments[i], &drawn) : given(words[i], odd, &drawn));
        }
        return drawn;
      }
    }
    // Most operators want tensors that agree: one form for a call, mostly.
    form_ = sizes();
    dtype_ = dtype();
    for (const mmt::SchemaType& type : schema.arguments) {
      drawn.values.push_back(value(type, &drawn));
    }
    return drawn;
  }

 private:
  int32_t dtype() { return pick<int32_t>(random_, {6, 6, 6, 6, 4, 4, 7, 15, 11, 0, 3, 5, 1, 2}); }

  std::vector<int64_t> sizes() {
    std::vector<int64_t> sizes(random_() % 6);
    for (int64_t& size : sizes) {
      size = chance(random_, 4) ? 0 : 1 + static_cast<int64_t>(random_() % 5);
    }
    return sizes;
  }

  int64_t integer() {
    if (chance(random_, 90)) {
      return static_cast<int64_t>(random_() % 9) - 3;
    }
    return pick<int64_t>(random_, {-100, 100, 1 << 20, INT64_C(1) << 31, INT64_C(1) << 40, INT64_C(1) << 61, INT64_MAX,
                                   -(INT64_C(1) << 61), INT32_MIN, INT64_MIN});
  }

  double real() { return pick(random_, {0.0, 1.0, 0.5, -1.0, 1e-5, 2.0, 1e30, -1e30, double(NAN), double(INFINITY)}); }

  mmt_tensor tensor(Arguments* drawn) {
    if (!drawn->tensors.empty() && chance(random_, 15)) {
      drawn->text += " same";
      return drawn->tensors[random_() % drawn->tensors.size()];
    }
    int32_t type = chance(random_, 70) ? dtype_ : dtype();
    // Whole numbers serve as indices: mostly small, sometimes far out.
    double scale = type == 4 || type == 3 ? pick(random_, {1.0, 2.0, 3.0, 1000.0, 1e15}) : 2.0;
    return tensor(chance(random_, 65) ? form_ : sizes(), type, scale, chance(random_, 30), drawn);
  }

  // A tensor of normal numbers times `scale`, strided, expanded or transposed where `odd`.
  mmt_tensor tensor(const std::vector<int64_t>& shape, int32_t type, double scale, bool odd, Arguments* drawn) {
    mmt_tensor plain = 0;
    int64_t rank = static_cast<int64_t>(shape.size());
    bool wide = odd && rank > 0 && chance(random_, 33);
    bool one = odd && rank > 0 && !wide && chance(random_, 50);
    size_t dim = rank > 0 ? random_() % shape.size() : 0;
    std::vector<int64_t> stored = shape;
    if (wide) {
      stored[dim] *= 2;
    }
    if (one) {
      stored[dim] = stored[dim] == 0 ? 0 : 1;
    }
    if (mmt_randn(stored.data(), rank, 6, 0, &plain, nullptr) != MMT_OK) {
      return 0;
    }
    mmt_tensor scaled = 0;
    mmt_tensor cast = 0;
    mmt_mul_scalar(plain, scale, &scaled, nullptr);
    mmt_to(scaled, type, 0, -1, 0, &cast, nullptr);
    mmt_tensor_free(plain);
    mmt_tensor_free(scaled);
    bool extreme = chance(random_, 12);
    if (extreme) {
      fill_with_extremes(cast, type, stored);
    }
    mmt_tensor view = 0;
    if (wide) {
      mmt_slice(cast, static_cast<int64_t>(dim), 0, stored[dim], 2, &view, nullptr);
    } else if (one) {
      mmt_expand(cast, shape.data(), rank, &view, nullptr);
    } else if (odd && rank > 1) {
      mmt_tensor turned = 0;
      mmt_transpose(cast, 0, rank - 1, &turned, nullptr);
      mmt_contiguous(turned, 0, &view, nullptr);
      mmt_tensor_free(turned);
      mmt_tensor back = 0;
      mmt_transpose(view, 0, rank - 1, &back, nullptr);
      mmt_tensor_free(view);
      view = back;
    }
    drawn->text += " tensor(type " + std::to_string(type) + (wide ? " strided" : one ? " expanded" : view != 0 ? " transposed" : "") +
                   (extreme ? " extreme" : "") + " [";
    for (int64_t size : shape) {
      drawn->text += std::to_string(size) + " ";
    }
    drawn->text += "] x" + std::to_string(static_cast<long long>(scale)) + ")";
    if (view != 0) {
      mmt_tensor_free(cast);
      cast = view;
    }
    drawn->tensors.push_back(cast);
    return cast;
  }

  // Numbers at the ends of a type, and those on which division and rounding turn.
  void fill_with_extremes(mmt_tensor tensor, int32_t type, const std::vector<int64_t>& shape) {
    int64_t elements = 1;
    for (int64_t size : shape) {
      elements *= size;
    }
    int64_t width = type == 4 || type == 7 ? 8 : type == 6 || type == 3 ? 4 : 0;
    void* data = nullptr;
    if (elements == 0 || width == 0 || mmt_tensor_data(tensor, elements * width, &data, nullptr) != MMT_OK) {
      return;
    }
    for (int64_t i = 0; i < elements; ++i) {
      int64_t whole = pick<int64_t>(random_, {0, 1, -1, 2, INT64_MAX, INT64_MIN, INT32_MAX, INT32_MIN, INT64_C(1) << 40});
      double real = pick(random_, {0.0, -0.0, 1.0, -1.0, 0.5, 1e38, -1e38, 1e-45, double(NAN), double(INFINITY), -double(INFINITY)});
      switch (type) {
        case 4: static_cast<int64_t*>(data)[i] = whole; break;
        case 3: static_cast<int32_t*>(data)[i] = static_cast<int32_t>(whole); break;
        case 7: static_cast<double*>(data)[i] = real; break;
        default: static_cast<float*>(data)[i] = static_cast<float>(real);
      }
    }
  }

  // An argument of a valid call, or one like it.
  mmt_value given(const Word& word, bool odd, Arguments* drawn) {
    mmt_value value = {};
    drawn->text += " " + word.text;
    auto note = [&](const std::string& changed) { drawn->text += odd ? "->" + changed : ""; };
    switch (word.kind) {
      case Word::kNone:
        break;
      case Word::kTensor:
        value.kind = MMT_TENSOR;
        value.integer = static_cast<int64_t>(tensor(word.tensor, odd, drawn));
        break;
      case Word::kTensors: {
        std::vector<int64_t> items;
        for (const TensorWord& item : word.tensors) {
          items.push_back(static_cast<int64_t>(tensor(item, odd && chance(random_, 50), drawn)));
        }
        value.kind = MMT_TENSORS;
        value.count = static_cast<int32_t>(items.size());
        drawn->integers.push_back(std::move(items));
        value.items = drawn->integers.back().data();
        break;
      }
      case Word::kInteger:
        value.kind = MMT_INTEGER;
        value.integer = odd ? integer() : word.integers.front();
        note(std::to_string(value.integer));
        break;
      case Word::kReal:
        value.kind = MMT_REAL;
        value.real = odd ? real() : word.reals.front();
        note(std::to_string(value.real));
        break;
      case Word::kFlag:
        value.kind = MMT_FLAG;
        value.integer = odd != (word.integers.front() != 0);
        break;
      case Word::kText:
        drawn->texts.push_back(word.text.substr(1, word.text.size() - 2));
        value.kind = MMT_TEXT;
        value.items = drawn->texts.back().c_str();
        break;
      case Word::kIntegers:
        drawn->integers.push_back(word.integers);
        if (odd && !word.integers.empty()) {
          drawn->integers.back()[random_() % word.integers.size()] = integer();
        }
        for (int64_t item : drawn->integers.back()) {
          note(std::to_string(item));
        }
        value.kind = MMT_INTEGERS;
        value.items = drawn->integers.back().data();
        value.count = static_cast<int32_t>(word.integers.size());
        break;
      case Word::kReals:
        drawn->reals.push_back(word.reals);
        if (odd) {
          drawn->reals.back()[random_() % word.reals.size()] = real();
        }
        value.kind = MMT_REALS;
        value.items = drawn->reals.back().data();
        value.count = static_cast<int32_t>(word.reals.size());
        break;
    }
    return value;
  }

  mmt_tensor tensor(const TensorWord& word, bool odd, Arguments* drawn) {
    std::vector<int64_t> shape = word.sizes;
    int32_t type = word.dtype;
    double scale = word.below > 0 ? 0.4 * static_cast<double>(word.below) : 1.0;
    if (odd) {
      if (!shape.empty() && chance(random_, 30)) {
        int64_t& size = shape[random_() % shape.size()];
        size = pick<int64_t>(random_, {0, 1, size + 1, size > 0 ? size - 1 : 0, size * 2, 17});
      } else if (chance(random_, 25)) {
        type = dtype();
      } else if (chance(random_, 20)) {
        scale = pick(random_, {0.0, 3.0, 100.0, 1e15});
      } else if (!shape.empty() && chance(random_, 10)) {
        shape.pop_back();
      }
    }
    // Numbers that fit: cut off at 0 and at the largest.
    bool fitting = word.below > 0 && (!odd || chance(random_, 50));
    mmt_tensor made = tensor(shape, type, scale, odd && chance(random_, 60), drawn);
    if (!fitting || made == 0) {
      return made;
    }
    mmt_tensor cut = 0;
    mmt_tensor cast = 0;
    if (mmt_clamp(made, 0, static_cast<double>(word.below - 1), &cut, nullptr) != MMT_OK ||
        mmt_to(cut, type, 0, -1, 0, &cast, nullptr) != MMT_OK) {
      mmt_tensor_free(cut);
      return made;
    }
    mmt_tensor_free(cut);
    mmt_tensor_free(made);
    drawn->tensors.back() = cast;
    return cast;
  }

  mmt_value value(const mmt::SchemaType& type, Arguments* drawn) {
    mmt_value value = {};
    if (type.optional && chance(random_, 50)) {
      drawn->text += " none";
      return value;
    }
    if (type.list) {
      return list(type, drawn);
    }
    if (type.base == "Tensor") {
      value.kind = MMT_TENSOR;
      value.integer = static_cast<int64_t>(tensor(drawn));
    } else if (type.base == "int") {
      value.kind = MMT_INTEGER;
      value.integer = integer();
      drawn->text += " " + std::to_string(value.integer);
    } else if (type.base == "Layout" || type.base == "MemoryFormat") {
      value.kind = MMT_INTEGER;
      value.integer = static_cast<int64_t>(random_() % 4);
      drawn->text += " code" + std::to_string(value.integer);
    } else if (type.base == "float") {
      value.kind = MMT_REAL;
      value.real = real();
      drawn->text += " " + std::to_string(value.real);
    } else if (type.base == "bool") {
      value.kind = MMT_FLAG;
      value.integer = static_cast<int64_t>(random_() % 2);
      drawn->text += value.integer != 0 ? " true" : " false";
    } else if (type.base == "str") {
      value.kind = MMT_TEXT;
      value.items = pick<const char*>(random_, {"none", "mean", "sum", "tanh", "constant", "reflect", "replicate", "circular",
                                                "", "xyz", "fro", "nuc", "ij", "xy", "floor", "trunc", "amax", "prod", "reduced",
                                                "linear", "nearest", "N", "U", "valid", "same", "i,j", "ij,jk->ik"});
      drawn->text += std::string(" '") + static_cast<const char*>(value.items) + "'";
    } else if (type.base == "ScalarType") {
      value.kind = MMT_DTYPE;
      value.integer = dtype();
      drawn->text += " type" + std::to_string(value.integer);
    } else if (type.base == "Device") {
      value.kind = MMT_DEVICE;
      value.integer = 0xFFFFFFFF;
    }
    // A generator stays absent.
    return value;
  }

  mmt_value list(const mmt::SchemaType& type, Arguments* drawn) {
    mmt_value value = {};
    value.count = static_cast<int32_t>(chance(random_, 30) ? random_() % 5 : chance(random_, 60) ? 2 : form_.size());
    drawn->text += " [";
    if (type.base == "Tensor") {
      std::vector<int64_t> items;
      for (int32_t i = 0; i < value.count; ++i) {
        items.push_back(static_cast<int64_t>(tensor(drawn)));
      }
      drawn->integers.push_back(std::move(items));
      value.kind = MMT_TENSORS;
      value.items = drawn->integers.back().data();
    } else if (type.base == "float") {
      drawn->reals.emplace_back(static_cast<size_t>(value.count));
      for (double& item : drawn->reals.back()) {
        item = real();
      }
      value.kind = MMT_REALS;
      value.items = drawn->reals.back().data();
    } else if (type.base == "bool") {
      drawn->flags.emplace_back(static_cast<size_t>(value.count));
      for (int32_t& item : drawn->flags.back()) {
        item = static_cast<int32_t>(random_() % 2);
      }
      value.kind = MMT_FLAGS;
      value.items = drawn->flags.back().data();
    } else {
      drawn->integers.emplace_back(static_cast<size_t>(value.count));
      for (int64_t& item : drawn->integers.back()) {
        item = integer();
        drawn->text += std::to_string(item) + " ";
      }
      value.kind = MMT_INTEGERS;
      value.items = drawn->integers.back().data();
    }
    drawn->text += "]";
    return value;
  }

  Random random_;
  std::vector<int64_t> form_;
  int32_t dtype_ = 6;
};
