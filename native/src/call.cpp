#include "call.h"

#include <algorithm>
#include <cstring>

#include "contract.h"
#include "failure.h"
#include "leaving.h"
#include "mapping_guard.h"
#include "threads.h"

namespace mmt {

namespace {

Value encode(int64_t value) {
  return static_cast<Value>(value);
}

Value encode(double value) {
  Value bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

// Flags come as int32_t.
Value encode(int32_t flag) {
  return flag != 0 ? 1 : 0;
}

}  // namespace

Call::~Call() {
  for (int i = 0; i < size_; ++i) {
    if (held_[i] == Held::kBox) {
      auto* box = reinterpret_cast<Value*>(stack_[i]);
      release(*box, boxed_[i]);
      if (abi.torch_delete_stable_ivalue != nullptr) {
        abi.torch_delete_stable_ivalue(box);
      } else {
        delete box;
      }
    } else {
      release(stack_[i], held_[i]);
    }
  }
}

void Call::release(Value value, Held held) {
  switch (held) {
    case Held::kTensor:
      abi.aoti_torch_delete_tensor_object(reinterpret_cast<Tensor>(value));
      break;
    case Held::kText:
      abi.torch_delete_string(reinterpret_cast<String>(value));
      break;
    case Held::kGenerator:
      abi.torch_delete_generator(reinterpret_cast<Generator>(value));
      break;
    case Held::kTensorList: {
      size_t size = 0;
      abi.torch_list_size(reinterpret_cast<List>(value), &size);
      for (size_t i = 0; i < size; ++i) {
        Value item = 0;
        if (abi.torch_list_get_item(reinterpret_cast<List>(value), i, &item) == 0) {
          release(item, Held::kTensor);
        }
      }
      abi.torch_delete_list(reinterpret_cast<List>(value));
      break;
    }
    case Held::kList:
      abi.torch_delete_list(reinterpret_cast<List>(value));
      break;
    case Held::kPlain:
    case Held::kBox:
      break;
  }
}

void Call::push(Value value, Held held) {
  if (size_ == kSlots) {
    status_ = fail(error_, "%s takes at most %d arguments here", name_, kSlots);
    release(value, held);
    return;
  }
  stack_[size_] = value;
  held_[size_] = held;
  ++size_;
}

// Before 2.13 libtorch has no function for the box of an optional value; it frees the box with `delete`, so `new` fits.
bool Call::box(Value inner, Value* out) {
  Value* box = nullptr;
  if (abi.torch_new_stable_ivalue == nullptr) {
    box = new Value();
  } else if (checked(abi.torch_new_stable_ivalue(&box), error_) != MMT_OK) {
    status_ = MMT_FAILED;
    return false;
  }
  *box = inner;
  *out = reinterpret_cast<Value>(box);
  return true;
}

void Call::push_boxed(Value value, Held inner) {
  Value box_value = 0;
  if (!box(value, &box_value)) {
    release(value, inner);
    return;
  }
  if (size_ < kSlots) {
    boxed_[size_] = inner;
  }
  push(box_value, Held::kBox);
}

bool Call::new_handle(mmt_tensor tensor, Value* out) {
  if (status_ != MMT_OK) {
    return false;
  }
  if (tensor == 0) {
    status_ = fail(error_, "a tensor argument of %s is null", name_);
    return false;
  }
  require(require_whole(reinterpret_cast<Tensor>(tensor), error_));
  if (status_ != MMT_OK) {
    return false;
  }
  Tensor handle = nullptr;
  status_ = checked(abi.aoti_torch_new_tensor_handle(reinterpret_cast<Tensor>(tensor), &handle), error_);
  *out = reinterpret_cast<Value>(handle);
  return status_ == MMT_OK;
}

Call& Call::tensor(mmt_tensor tensor) {
  Value handle = 0;
  if (new_handle(tensor, &handle)) {
    push(handle, Held::kTensor);
  }
  return *this;
}

Call& Call::optional(mmt_tensor tensor) {
  if (tensor == 0) {
    return none();
  }
  Value handle = 0;
  if (new_handle(tensor, &handle)) {
    push_boxed(handle, Held::kTensor);
  }
  return *this;
}

Call& Call::integer(int64_t value) {
  require(require_plain_integer(value, name_, error_));
  push(static_cast<Value>(value), Held::kPlain);
  return *this;
}

Call& Call::optional_integer(int64_t value) {
  require(require_plain_integer(value, name_, error_));
  push_boxed(static_cast<Value>(value), Held::kPlain);
  return *this;
}

Call& Call::real(double value) {
  push(encode(value), Held::kPlain);
  return *this;
}

Call& Call::optional_real(double value) {
  push_boxed(encode(value), Held::kPlain);
  return *this;
}

Call& Call::flag(bool value) {
  push(value ? 1 : 0, Held::kPlain);
  return *this;
}

Call& Call::dtype(int32_t value) {
  push(static_cast<uint32_t>(value), Held::kPlain);
  return *this;
}

Call& Call::optional_dtype(int32_t value) {
  push_boxed(static_cast<uint32_t>(value), Held::kPlain);
  return *this;
}

Call& Call::optional_cpu() {
  push_boxed(uint64_t{0xFFFFFFFF}, Held::kPlain);
  return *this;
}

Call& Call::device(int32_t type, int32_t index) {
  push(static_cast<uint64_t>(static_cast<uint32_t>(type)) << 32 | static_cast<uint32_t>(index), Held::kPlain);
  return *this;
}

Call& Call::text(const char* value) {
  String handle = nullptr;
  if (status_ == MMT_OK) {
    status_ = checked(abi.torch_new_string_handle(value, std::strlen(value), &handle), error_);
    if (status_ == MMT_OK) {
      push(reinterpret_cast<Value>(handle), Held::kText);
    }
  }
  return *this;
}

Call& Call::generator(mmt_generator generator) {
  if (generator == 0) {
    return none();
  }
  if (status_ != MMT_OK) {
    return *this;
  }
  if (abi.torch_new_generator_handle == nullptr) {
    status_ = absent(error_, "torch_new_generator_handle");
    return *this;
  }
  Generator handle = nullptr;
  status_ = checked(abi.torch_new_generator_handle(reinterpret_cast<Generator>(generator), &handle), error_);
  if (status_ == MMT_OK) {
    push_boxed(reinterpret_cast<Value>(handle), Held::kGenerator);
  }
  return *this;
}

List Call::new_list(int64_t count) {
  List list = nullptr;
  if (status_ == MMT_OK && (count < 0 || count > INT32_MAX)) {
    status_ = fail(error_, "a list argument of %s has %lld items", name_, static_cast<long long>(count));
  }
  if (status_ == MMT_OK) {
    status_ = checked(abi.torch_new_list_reserve_size(static_cast<size_t>(count), &list), error_);
  }
  return list;
}

void Call::append(List list, Value value) {
  if (status_ == MMT_OK) {
    status_ = checked(abi.torch_list_push_back(list, value), error_);
  }
}

template <typename Item>
void Call::push_list(const Item* values, int64_t count, bool boxed) {
  List list = new_list(count);
  if (list == nullptr) {
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    append(list, encode(values[i]));
  }
  auto handle = reinterpret_cast<Value>(list);
  boxed ? push_boxed(handle, Held::kList) : push(handle, Held::kList);
}

void Call::require_extents(const int64_t* values, int64_t count) {
  for (int64_t i = 0; i < count && status_ == MMT_OK; ++i) {
    status_ = require_extent(values[i], name_, error_);
  }
}

void Call::require(int32_t status) {
  if (status_ == MMT_OK) {
    status_ = status;
  }
}

Call& Call::integers(const int64_t* values, int64_t count) {
  require_extents(values, count);
  push_list(values, count, false);
  return *this;
}

Call& Call::optional_integers(const int64_t* values, int64_t count) {
  if (count == 0) {
    return none();
  }
  require_extents(values, count);
  push_list(values, count, true);
  return *this;
}

Call& Call::reals(const double* values, int64_t count) {
  push_list(values, count, false);
  return *this;
}

Call& Call::optional_reals(const double* values, int64_t count) {
  push_list(values, count, true);
  return *this;
}

Call& Call::flags(const int32_t* values, int64_t count) {
  push_list(values, count, false);
  return *this;
}

Call& Call::tensors(const mmt_tensor* tensors, int64_t count) {
  if (List list = new_list(count)) {
    for (int64_t i = 0; i < count; ++i) {
      Value handle = 0;
      if (new_handle(tensors[i], &handle)) {
        append(list, handle);
      }
    }
    push(reinterpret_cast<Value>(list), Held::kTensorList);
  }
  return *this;
}

Call& Call::none() {
  push(0, Held::kPlain);
  return *this;
}

int32_t Call::dispatch() {
  if (status_ != MMT_OK) {
    return status_;
  }
  if (require_team(error_) != MMT_OK) {
    return status_ = MMT_FAILED;
  }
  size_ = 0;
  InFlight mark;
  Reading reading;
  status_ = checked(abi.torch_call_dispatcher(name_, overload_, stack_, kSchemaVersion), error_);
  // What it returned is left unfreed then: its kinds are the caller's knowledge, and files are rarely cut short.
  status_ = reading.finish(status_, error_);
  return status_;
}

int32_t Call::run(mmt_tensor* out) {
  if (dispatch() == MMT_OK) {
    *out = stack_[0];
  }
  return status_;
}

int32_t Call::run_list(mmt_tensor* out, int64_t count) {
  if (dispatch() != MMT_OK) {
    return status_;
  }
  size_t size = 0;
  bool complete = abi.torch_list_size(reinterpret_cast<List>(stack_[0]), &size) == 0 && size == static_cast<size_t>(count);
  for (int64_t i = 0; complete && i < count; ++i) {
    complete = abi.torch_list_get_item(reinterpret_cast<List>(stack_[0]), static_cast<size_t>(i), out + i) == 0;
  }
  if (!complete) {
    std::fill_n(out, count, 0);
    release(stack_[0], Held::kTensorList);
    return status_ = fail(error_, "%s did not return %lld tensors", name_, static_cast<long long>(count));
  }
  abi.torch_delete_list(reinterpret_cast<List>(stack_[0]));
  return status_;
}

int32_t Call::run() {
  if (dispatch() == MMT_OK) {
    abi.aoti_torch_delete_tensor_object(reinterpret_cast<Tensor>(stack_[0]));
  }
  return status_;
}

int32_t Call::run_without_result() {
  return dispatch();
}

int32_t Call::run_values(Value* results, int64_t count) {
  if (dispatch() == MMT_OK) {
    std::memcpy(results, stack_, static_cast<size_t>(count) * sizeof(Value));
  }
  return status_;
}

}  // namespace mmt
