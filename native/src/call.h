// One call through libtorch's dispatcher: arguments in schema order, then run.
#pragma once

#include <cstdint>

#include "abi.h"
#include "mmtorch.h"

namespace mmt {

// The headers whose schemas the calls in this library were written against.
constexpr uint64_t kSchemaVersion = uint64_t{2} << 56 | uint64_t{13} << 48;

// The dispatcher consumes what it is given, so every tensor goes in as a fresh handle. A builder that failed half way
// frees what it holds; after the dispatcher has been entered everything is the dispatcher's.
class Call {
 public:
  Call(const char* name, const char* overload, char** error) : name_(name), overload_(overload), error_(error) {}
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  Call& tensor(mmt_tensor tensor);
  Call& optional(mmt_tensor tensor);  // 0 is None
  Call& integer(int64_t value);
  Call& optional_integer(int64_t value);
  Call& real(double value);
  Call& optional_real(double value);
  Call& flag(bool value);
  Call& dtype(int32_t value);
  Call& optional_dtype(int32_t value);
  Call& optional_cpu();
  Call& device(int32_t type, int32_t index);
  Call& text(const char* value);
  Call& generator(mmt_generator generator);  // Generator?; 0 is None
  Call& integers(const int64_t* values, int64_t count);
  Call& optional_integers(const int64_t* values, int64_t count);  // none at all is None
  Call& reals(const double* values, int64_t count);
  Call& optional_reals(const double* values, int64_t count);
  Call& flags(const int32_t* values, int64_t count);
  Call& tensors(const mmt_tensor* tensors, int64_t count);
  Call& none();

  int32_t run(mmt_tensor* out);       // one tensor
  int32_t run_list(mmt_tensor* out, int64_t count);  // a list of so many tensors
  int32_t run();                      // a result, if any, is dropped: for operators in place that return self
  int32_t run_without_result();       // operators that return ()
  int32_t run_values(Value* results, int64_t count);

  bool failed() const { return status_ != MMT_OK; }

 private:
  enum class Held : uint8_t { kPlain, kTensor, kText, kGenerator, kList, kTensorList, kBox };

  void require(int32_t status);
  void require_extents(const int64_t* values, int64_t count);
  void push(Value value, Held held);
  void push_boxed(Value value, Held inner);
  bool box(Value inner, Value* out);
  bool new_handle(mmt_tensor tensor, Value* out);
  List new_list(int64_t count);
  void append(List list, Value value);
  template <typename Item>
  void push_list(const Item* values, int64_t count, bool boxed);
  void release(Value value, Held held);
  int32_t dispatch();

  // A newer libtorch may know one more trailing argument: zeroed slots read as None, false or 0 there.
  static constexpr int kSlots = 40;
  Value stack_[kSlots] = {};
  Held held_[kSlots] = {};
  Held boxed_[kSlots] = {};
  int size_ = 0;
  const char* name_;
  const char* overload_;
  char** error_;
  int32_t status_ = MMT_OK;
};

}  // namespace mmt
