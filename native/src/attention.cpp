// Attention. Where no gradient is recorded, that of tokens to themselves is computed on the CPU from packed heads: in float32 by tiles of
// this layer's own, which take 0.97 of the time of libtorch's kernel and no BLAS, and in bfloat16 by two products, for which oneDNN has
// instructions.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "call.h"
#include "contract.h"
#include "failure.h"
#include "fused.h"
#include "rows.h"
#include "tiles.h"

using namespace mmt;

namespace {

// Rows of scores that are in work at a time: with 256 keys they take 32 KB, and keys and values are read once for all of them.
constexpr int64_t kQueries = 32;

// Beyond so many tokens a head's keys and values leave the cache of a core, and libtorch's kernel, which cuts them up, is used.
constexpr int64_t kMostTokens = 4096;

// Self-attention in float32 of packed tokens [N, T, 3 * heads * each] to [N, T, heads * each].
class Tiled {
 public:
  Tiled(const Form& packed, int64_t heads, const float* x, float* y)
      : length_(packed.sizes[1]),
        heads_(heads),
        width_(packed.sizes[2] / 3),
        each_(width_ / heads),
        x_(x),
        y_(y),
        keys_(each_, length_),
        values_(length_, each_) {}

  // Parts of kQueries tokens of a head.
  int64_t parts() const { return (length_ + kQueries - 1) / kQueries; }

  // Computes parts of [0, samples * heads * parts()), those of a head after each other.
  void run(int64_t first, int64_t last) const {
    std::vector<float> keys(static_cast<size_t>(keys_.size()));
    std::vector<float> values(static_cast<size_t>(values_.size()));
    std::vector<float> scores(static_cast<size_t>(kQueries * keys_.width()));
    std::vector<float> mixed(static_cast<size_t>(kQueries * values_.width()));
    for (int64_t part = first; part < last; ++part) {
      const int64_t head = part / parts() % heads_;
      const int64_t sample = part / parts() / heads_;
      const float* queries = x_ + sample * length_ * 3 * width_ + head * each_;
      if (part == first || part % parts() == 0) {
        keys_.transpose(queries + width_, 3 * width_, 0, keys_.count(), keys.data());
        values_.copy(queries + 2 * width_, 3 * width_, 0, values_.count(), values.data());
      }
      const int64_t token = part % parts() * kQueries;
      const int64_t count = std::min(kQueries, length_ - token);
      multiply(keys_, queries + token * 3 * width_, 3 * width_, count, keys.data(), scores.data());
      float sums[kQueries];
      const auto factor = static_cast<float>(1 / std::sqrt(static_cast<double>(each_)));
      for (int64_t i = 0; i < count; ++i) {
        sums[i] = exponentials(scores.data() + i * keys_.width(), factor, length_);
      }
      multiply(values_, scores.data(), keys_.width(), count, values.data(), mixed.data());
      for (int64_t i = 0; i < count; ++i) {
        scale_row(mixed.data() + i * values_.width(), 1 / sums[i], each_,
                  y_ + (sample * length_ + token + i) * width_ + head * each_);
      }
    }
  }

 private:
  static void multiply(const Panels& form, const float* left, int64_t stride, int64_t rows, const float* panels, float* out) {
    for (int64_t panel = 0; panel < form.count(); ++panel) {
      form.multiply({left, stride}, rows, panels, panel, {nullptr, 0}, false, out, form.width());
    }
  }

  int64_t length_;
  int64_t heads_;
  int64_t width_;
  int64_t each_;
  const float* x_;
  float* y_;
  Panels keys_;
  Panels values_;
};

int32_t tiled_self_attention(const Form& packed, mmt_tensor tokens, int64_t heads, mmt_tensor* out, char** error) {
  Fused call(error);
  const float* x = nullptr;
  Owned result;
  float* y = nullptr;
  if (call.read(tokens, &x) != MMT_OK ||
      call.make({packed.sizes[0], packed.sizes[1], packed.sizes[2] / 3}, packed, &result, &y) != MMT_OK) {
    return MMT_FAILED;
  }
  const Tiled attention(packed, heads, x, y);
  return call.finish(in_parallel(
                         packed.sizes[0] * heads * attention.parts(), 1,
                         [&](int64_t first, int64_t last) { attention.run(first, last); }, error),
                     &result, out);
}

// The queries, divided by the square root of their width, the keys and the values of packed tokens [N, T, 3 * heads * d], each as
// [N, heads, T, d]: oneDNN's products of matrices in batches copy what is not laid out so, slowly.
int32_t split_heads(const Form& packed, mmt_tensor tokens, int64_t heads, Owned parts[3], char** error) {
  const int64_t length = packed.sizes[1];
  const int64_t width = packed.sizes[2] / 3;
  const int64_t each = width / heads;
  const auto factor = static_cast<float>(1 / std::sqrt(static_cast<double>(each)));
  Fused call(error);
  const Half* x = nullptr;
  Half* queries = nullptr;
  Half* keys = nullptr;
  Half* values = nullptr;
  const std::initializer_list<int64_t> sizes = {packed.sizes[0], heads, length, each};
  if (call.read(tokens, &x) != MMT_OK || call.make(sizes, packed, &parts[0], &queries) != MMT_OK ||
      call.make(sizes, packed, &parts[1], &keys) != MMT_OK || call.make(sizes, packed, &parts[2], &values) != MMT_OK) {
    return MMT_FAILED;
  }
  const auto bytes = static_cast<size_t>(each) * sizeof(Half);
  return call.finish(in_parallel(
      packed.sizes[0] * length, std::max<int64_t>(1, kGrain / packed.sizes[2]),
      [&](int64_t first, int64_t last) {
        for (int64_t row = first; row < last; ++row) {
          for (int64_t head = 0; head < heads; ++head) {
            const Half* token = x + row * 3 * width + head * each;
            const int64_t place = ((row / length * heads + head) * length + row % length) * each;
            scale_row(token, factor, each, queries + place);
            std::memcpy(keys + place, token + width, bytes);
            std::memcpy(values + place, token + 2 * width, bytes);
          }
        }
      },
      error));
}

// Tokens [N, T, heads * d] from heads [N, heads, T, d], row-major.
int32_t merge_heads(mmt_tensor mixed, mmt_tensor* out, char** error) {
  Form form;
  if (!form.read(mixed) || form.rank != 4 || form.dtype != kBfloat16 || !form.contiguous()) {
    return fail(error, "the product of attention is not laid out as [N, heads, T, width]");
  }
  const int64_t heads = form.sizes[1];
  const int64_t length = form.sizes[2];
  const int64_t each = form.sizes[3];
  Fused call(error);
  const Half* x = nullptr;
  Owned merged;
  Half* y = nullptr;
  if (call.read(mixed, &x) != MMT_OK || call.make({form.sizes[0], length, heads * each}, form, &merged, &y) != MMT_OK) {
    return MMT_FAILED;
  }
  int32_t status = in_parallel(
      form.sizes[0] * length, std::max<int64_t>(1, kGrain / (heads * each)),
      [&](int64_t first, int64_t last) {
        for (int64_t row = first; row < last; ++row) {
          for (int64_t head = 0; head < heads; ++head) {
            const int64_t place = ((row / length * heads + head) * length + row % length) * each;
            std::memcpy(y + (row * heads + head) * each, x + place, static_cast<size_t>(each) * sizeof(Half));
          }
        }
      },
      error);
  return call.finish(status, &merged, out);
}

// softmax(query * key^T) * value of scaled queries, as two products. libtorch's fused kernel for the CPU is an order of magnitude
// slower in bfloat16.
int32_t attend_by_products(mmt_tensor query, mmt_tensor key, mmt_tensor value, mmt_tensor* out, char** error) {
  Owned columns;
  Owned scores;
  Owned shares;
  return mmt_transpose(key, -2, -1, columns.out(), error) == MMT_OK &&
                 mmt_matmul(query, columns.get(), scores.out(), error) == MMT_OK &&
                 mmt_softmax(scores.get(), -1, shares.out(), error) == MMT_OK &&
                 mmt_matmul(shares.get(), value, out, error) == MMT_OK
             ? MMT_OK
             : MMT_FAILED;
}

// Tokens are unbound, not selected from: the way back puts the three gradients together at once, and where they already lie.
int32_t composed_self_attention(const Form& packed, mmt_tensor tokens, int64_t heads, mmt_tensor* out, char** error) {
  const int64_t width = packed.sizes[2] / 3;
  const int64_t apart[] = {packed.sizes[0], packed.sizes[1], 3, heads, width / heads};
  const int64_t together[] = {packed.sizes[0], packed.sizes[1], width};
  Owned views;
  mmt_tensor unbound[3] = {};
  if (mmt_reshape(tokens, apart, 5, views.out(), error) != MMT_OK ||
      Call("aten::unbind", "int", error).tensor(views.get()).integer(2).run_list(unbound, 3) != MMT_OK) {
    return MMT_FAILED;
  }
  const Owned parts[] = {Owned(unbound[0]), Owned(unbound[1]), Owned(unbound[2])};
  Owned ordered[3];
  for (int i = 0; i < 3; ++i) {
    if (mmt_transpose(parts[i].get(), 1, 2, ordered[i].out(), error) != MMT_OK) {
      return MMT_FAILED;
    }
  }
  Owned mixed;
  Owned rows;
  return mmt_attention(ordered[0].get(), ordered[1].get(), ordered[2].get(), 0, NAN, mixed.out(), error) == MMT_OK &&
                 mmt_transpose(mixed.get(), 1, 2, rows.out(), error) == MMT_OK &&
                 mmt_reshape(rows.get(), together, 3, out, error) == MMT_OK
             ? MMT_OK
             : MMT_FAILED;
}

// libtorch's kernel takes the number of tokens from the values, and reads keys that are fewer past their end.
int32_t require_pairs(mmt_tensor key, mmt_tensor value, char** error) {
  Form keys;
  Form values;
  if (!keys.read(key) || !values.read(value) || keys.rank < 2 || values.rank < 2) {
    return fail(error, "attention needs keys and values [..., T, width]");
  }
  int64_t count = keys.sizes[keys.rank - 2];
  if (count != values.sizes[values.rank - 2]) {
    return fail(error, "attention over %lld keys and %lld values; each key needs one value", static_cast<long long>(count),
                static_cast<long long>(values.sizes[values.rank - 2]));
  }
  return MMT_OK;
}

}  // namespace

extern "C" {

int32_t mmt_attention(mmt_tensor query, mmt_tensor key, mmt_tensor value, mmt_tensor mask, double scale,
                      mmt_tensor* out, char** error) {
  Form form;
  if (require_pairs(key, value, error) != MMT_OK) {
    return MMT_FAILED;
  }
  if (mask == 0 && std::isnan(scale) && form.read(query) && form.device_type == kCpu && form.dtype == kBfloat16 &&
      form.rank >= 2 && form.sizes[form.rank - 1] > 0) {
    Owned scaled;
    const double factor = 1 / std::sqrt(static_cast<double>(form.sizes[form.rank - 1]));
    return mmt_mul_scalar(query, factor, scaled.out(), error) == MMT_OK
               ? attend_by_products(scaled.get(), key, value, out, error)
               : MMT_FAILED;
  }
  Call call("aten::scaled_dot_product_attention", "", error);
  call.tensor(query).tensor(key).tensor(value).optional(mask).real(0.0).flag(false);
  if (std::isnan(scale)) {
    call.none();
  } else {
    call.optional_real(scale);
  }
  return call.flag(false).run(out);
}

int32_t mmt_self_attention(mmt_tensor packed, int64_t heads, mmt_tensor* out, char** error) {
  Form form;
  if (!form.read(packed) || form.rank != 3 || heads < 1 || heads > kMostWidth || form.sizes[2] % (3 * heads) != 0) {
    return fail(error, "self-attention of %lld heads needs tokens [N, T, 3 * heads * width]", static_cast<long long>(heads));
  }
  const bool fits = !abi.aoti_torch_grad_mode_is_enabled() && are_tokens(form);
  if (fits && form.dtype == kFloat32 && form.sizes[1] <= kMostTokens && have_tiles()) {
    return tiled_self_attention(form, packed, heads, out, error);
  }
  if (!fits || form.dtype != kBfloat16) {
    return composed_self_attention(form, packed, heads, out, error);
  }
  Owned parts[3];
  Owned mixed;
  return split_heads(form, packed, heads, parts, error) == MMT_OK &&
                 attend_by_products(parts[0].get(), parts[1].get(), parts[2].get(), mixed.out(), error) == MMT_OK &&
                 merge_heads(mixed.get(), out, error) == MMT_OK
             ? MMT_OK
             : MMT_FAILED;
}

}  // extern "C"
