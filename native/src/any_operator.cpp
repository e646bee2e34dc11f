// Calls an operator by its schema.
#include <exception>
#include <list>
#include <vector>

#include "call.h"
#include "checked_operators.h"
#include "contract.h"
#include "failure.h"
#include "registry.h"

using namespace mmt;

namespace {

const char* kind_name(int32_t kind) {
  static const char* const names[] = {"none",  "a tensor", "an integer", "a number",  "a flag",   "a text",     "integers",
                                      "numbers", "flags",  "tensors",    "a dtype", "a device", "a generator"};
  return kind >= 0 && kind <= MMT_GENERATOR ? names[kind] : "something unknown";
}

int32_t expected_kind(const SchemaType& type) {
  if (type.base == "Tensor") {
    return type.list ? MMT_TENSORS : MMT_TENSOR;
  }
  if (type.base == "int" || type.base == "Layout" || type.base == "MemoryFormat") {
    return type.list ? MMT_INTEGERS : MMT_INTEGER;
  }
  if (type.base == "float") {
    return type.list ? MMT_REALS : MMT_REAL;
  }
  if (type.base == "bool") {
    return type.list ? MMT_FLAGS : MMT_FLAG;
  }
  if (type.base == "str") {
    return MMT_TEXT;
  }
  if (type.base == "ScalarType") {
    return MMT_DTYPE;
  }
  return type.base == "Device" ? MMT_DEVICE : MMT_GENERATOR;
}

// Adds one argument. The kinds agree already; false means that this optional form is not offered.
bool push(Call& call, const SchemaType& type, const mmt_value& value) {
  if (value.kind == MMT_NONE) {
    call.none();
    return true;
  }
  switch (value.kind) {
    case MMT_TENSOR:
      type.optional ? call.optional(static_cast<mmt_tensor>(value.integer))
                    : call.tensor(static_cast<mmt_tensor>(value.integer));
      return true;
    case MMT_INTEGER:
      if (type.base == "int") {
        type.optional ? call.optional_integer(value.integer) : call.integer(value.integer);
      } else {
        auto code = static_cast<int32_t>(value.integer);
        type.optional ? call.optional_dtype(code) : call.dtype(code);
      }
      return true;
    case MMT_REAL:
      type.optional ? call.optional_real(value.real) : call.real(value.real);
      return true;
    case MMT_FLAG:
      type.optional ? call.optional_integer(value.integer != 0) : call.flag(value.integer != 0);
      return true;
    case MMT_DTYPE: {
      auto code = static_cast<int32_t>(value.integer);
      type.optional ? call.optional_dtype(code) : call.dtype(code);
      return true;
    }
    case MMT_DEVICE:
      // A device is one word with type and index; its optional form is that word in a box.
      if (type.optional) {
        call.optional_integer(value.integer);
      } else {
        call.integer(value.integer);
      }
      return true;
    case MMT_GENERATOR:
      call.generator(static_cast<mmt_generator>(value.integer));
      return type.optional;
    case MMT_TEXT:
      call.text(static_cast<const char*>(value.items));
      return !type.optional;
    case MMT_INTEGERS: {
      auto* items = static_cast<const int64_t*>(value.items);
      if (type.optional && value.count == 0) {
        return false;
      }
      type.optional ? call.optional_integers(items, value.count) : call.integers(items, value.count);
      return true;
    }
    case MMT_REALS: {
      auto* items = static_cast<const double*>(value.items);
      if (type.optional && value.count == 0) {
        return false;
      }
      type.optional ? call.optional_reals(items, value.count) : call.reals(items, value.count);
      return true;
    }
    case MMT_FLAGS:
      call.flags(static_cast<const int32_t*>(value.items), value.count);
      return !type.optional;
    case MMT_TENSORS:
      call.tensors(static_cast<const mmt_tensor*>(value.items), value.count);
      return !type.optional;
    default:
      return false;
  }
}

void receive(const SchemaType& type, Value raw, mmt_value* out) {
  *out = {};
  if (type.base == "Tensor") {
    out->kind = MMT_TENSOR;
    out->integer = static_cast<int64_t>(raw);
  } else if (type.base == "int") {
    out->kind = MMT_INTEGER;
    out->integer = static_cast<int64_t>(raw);
  } else if (type.base == "bool") {
    out->kind = MMT_FLAG;
    out->integer = static_cast<int64_t>(raw & 0xFF);
  } else {
    out->kind = MMT_REAL;
    __builtin_memcpy(&out->real, &raw, sizeof raw);
  }
}

int32_t receive_all(const Schema& schema, Value* raw, mmt_value* results, char** error) {
  const std::vector<SchemaType>& types = schema.results;
  int32_t status = MMT_OK;
  for (size_t i = 0; i < types.size() && status == MMT_OK; ++i) {
    if (types[i].base == "Tensor") {
      auto tensor = reinterpret_cast<Tensor>(raw[i]);
      status = admit(&tensor, schema.name.c_str(), error);
      raw[i] = reinterpret_cast<Value>(tensor);
    }
  }
  for (size_t i = 0; i < types.size(); ++i) {
    if (status == MMT_OK) {
      receive(types[i], raw[i], &results[i]);
    } else if (types[i].base == "Tensor" && raw[i] != 0) {
      abi.aoti_torch_delete_tensor_object(reinterpret_cast<Tensor>(raw[i]));
    }
  }
  return status;
}

// The layouts and memory formats that every kernel knows.
bool plain_code(const SchemaType& type, int64_t code) {
  return type.base == "Layout" ? code == 0 : type.base != "MemoryFormat" || (code >= 0 && code <= 3);
}

// The arguments of an operator that looks at them itself. Not every such kernel looks at strides, or at whether it reads what it has
// just written: tensors that are only read come row-major and apart from what is written, by a copy where they are not. Where a kernel
// looks twice, the copy is its own.
class PlainArguments {
 public:
  int32_t take(const Schema& schema, const mmt_value* arguments, char** error) {
    // What may be called writes to its first argument alone, if to any.
    bool writes = !schema.arguments.empty() && schema.arguments.front().written;
    target_ = writes ? static_cast<mmt_tensor>(arguments[0].integer) : 0;
    own_ = looks_twice(schema);
    values_.assign(arguments, arguments + schema.arguments.size());
    for (size_t i = 0; i < values_.size(); ++i) {
      mmt_value& value = values_[i];
      if (schema.arguments[i].aliased) {
        continue;
      }
      if (value.kind == MMT_TENSOR) {
        auto tensor = static_cast<mmt_tensor>(value.integer);
        if (make_plain(&tensor, error) != MMT_OK) {
          return MMT_FAILED;
        }
        value.integer = static_cast<int64_t>(tensor);
      } else if (value.kind == MMT_TENSORS && value.count > 0) {
        auto* items = static_cast<const mmt_tensor*>(value.items);
        std::vector<mmt_tensor>& list = lists_.emplace_back(items, items + value.count);
        for (mmt_tensor& tensor : list) {
          if (make_plain(&tensor, error) != MMT_OK) {
            return MMT_FAILED;
          }
        }
        value.items = list.data();
      }
    }
    return writes ? require_in_place(target_, read_.data(), static_cast<int64_t>(read_.size()), schema.name.c_str(), error) : MMT_OK;
  }

  const mmt_value* values() const { return values_.data(); }

 private:
  int32_t make_plain(mmt_tensor* tensor, char** error) {
    Form form;
    if (!form.read(*tensor)) {
      return fail(error, "an argument is no tensor that can be read");
    }
    read_.push_back(*tensor);
    bool plain = form.contiguous();
    if (!plain || own_) {
      mmt_tensor* copy = copies_.emplace_back().out();
      int32_t status = plain ? mmt_clone(*tensor, copy, error) : mmt_contiguous(*tensor, 0, copy, error);
      if (status != MMT_OK) {
        return status;
      }
      *tensor = *copy;
    }
    return target_ == 0 ? MMT_OK : read_apart(target_, *tensor, &copies_.emplace_back(), tensor, error);
  }

  mmt_tensor target_ = 0;
  bool own_ = false;
  std::vector<mmt_tensor> read_;
  std::vector<mmt_value> values_;
  std::list<std::vector<mmt_tensor>> lists_;
  std::list<Owned> copies_;
};

int32_t refuse(const char* text, size_t index, const mmt_value& value, char** error) {
  return fail(error, "argument %zu of '%s' cannot be %s", index + 1, text, kind_name(value.kind));
}

int32_t require_fitting(const char* text, const Schema& schema, const mmt_value* arguments, int64_t count, char** error) {
  size_t wanted = schema.arguments.size();
  if (count != static_cast<int64_t>(wanted)) {
    return fail(error, "'%s' takes %zu arguments, defaults included, not %lld", text, wanted, static_cast<long long>(count));
  }
  for (size_t i = 0; i < wanted; ++i) {
    const SchemaType& type = schema.arguments[i];
    const mmt_value& value = arguments[i];
    if (value.kind == MMT_INTEGER && !type.optional && value.integer > -kLeastInteger) {
      // Some kernels add to what they are given.
      return fail(error, "argument %zu of '%s' is %lld; integers go up to 2^62", i + 1, text, static_cast<long long>(value.integer));
    }
    bool fits = value.kind == MMT_NONE ? type.optional
                                       : value.kind == expected_kind(type) && value.count >= 0 && plain_code(type, value.integer);
    if (!fits) {
      return refuse(text, i, value, error);
    }
  }
  return MMT_OK;
}

// Kernels walk windows and margins of any size one by one, also where there is nothing to walk over.
int32_t require_walkable(const char* text, const mmt_value* arguments, int64_t count, char** error) {
  for (int64_t i = 0; i < count; ++i) {
    auto* items = static_cast<const int64_t*>(arguments[i].items);
    for (int32_t item = 0; arguments[i].kind == MMT_INTEGERS && item < arguments[i].count; ++item) {
      if (items[item] > INT32_MAX || items[item] < -INT32_MAX) {
        return fail(error, "argument %lld of '%s' has the number %lld; numbers in lists go up to 2^31 - 1",
                    static_cast<long long>(i + 1), text, static_cast<long long>(items[item]));
      }
    }
  }
  return MMT_OK;
}

int32_t call_checked(const char* text, int32_t unchecked, const mmt_value* arguments, int64_t argument_count, mmt_value* results,
                     int64_t result_count, char** error) {
  Schema schema;
  std::string reason = Schema::parse(text, &schema);
  if (!reason.empty()) {
    return fail(error, "cannot call '%s': %s", text, reason.c_str());
  }
  const Registered* own = registered(schema.name, schema.overload, error);
  if (own == nullptr) {
    return MMT_FAILED;
  }
  if (own->schema.essence != schema.essence) {
    return fail(error, "the loaded libtorch has no '%s'; it has '%s'", text, own->text.c_str());
  }
  const char* reason_to_doubt = unchecked != 0 ? nullptr : why_unchecked(own->schema);
  if (reason_to_doubt != nullptr) {
    return fail(error, "%s is called only with Operator.unchecked, because %s", schema.name.c_str(), reason_to_doubt);
  }
  if (require_fitting(text, schema, arguments, argument_count, error) != MMT_OK) {
    return MMT_FAILED;
  }
  if (result_count < static_cast<int64_t>(schema.results.size()) || schema.results.size() > 16) {
    return fail(error, "'%s' has %zu results", text, schema.results.size());
  }
  if (unchecked == 0 && require_walkable(text, arguments, argument_count, error) != MMT_OK) {
    return MMT_FAILED;
  }
  PlainArguments plain;
  if (unchecked == 0 && plain.take(own->schema, arguments, error) != MMT_OK) {
    return MMT_FAILED;
  }
  const mmt_value* values = unchecked == 0 ? plain.values() : arguments;
  Call call(schema.name.c_str(), schema.overload.c_str(), error);
  for (size_t i = 0; i < schema.arguments.size(); ++i) {
    if (!push(call, schema.arguments[i], values[i])) {
      return refuse(text, i, values[i], error);
    }
    if (call.failed()) {
      return MMT_FAILED;
    }
  }
  Value raw[16] = {};
  int32_t status = call.run_values(raw, static_cast<int64_t>(schema.results.size()));
  return status == MMT_OK ? receive_all(schema, raw, results, error) : status;
}

}  // namespace

extern "C" int32_t mmt_call(const char* schema, int32_t unchecked, const mmt_value* arguments, int64_t argument_count,
                            mmt_value* results, int64_t result_count, char** error) {
  try {
    return call_checked(schema, unchecked, arguments, argument_count, results, result_count, error);
  } catch (const std::exception& e) {
    return fail(error, "cannot call '%s': %s", schema, e.what());
  }
}
