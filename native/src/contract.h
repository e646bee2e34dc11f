// The contract of mmtorch.h for what kernels take for granted, checked in one place per kind. Most operators of libtorch check their
// arguments themselves; what stands here is for those that do not, and for values that libtorch would read as something else.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "abi.h"
#include "mmtorch.h"

namespace mmt {

// Scalar types, as numbered by libtorch's stable ABI.
constexpr int32_t kUint8 = 0;
constexpr int32_t kInt8 = 1;
constexpr int32_t kInt32 = 3;
constexpr int32_t kInt64 = 4;
constexpr int32_t kFloat16 = 5;
constexpr int32_t kFloat32 = 6;
constexpr int32_t kFloat64 = 7;
constexpr int32_t kBfloat16 = 15;

constexpr int32_t kCpu = 0;
constexpr int32_t kCuda = 1;

// The form of a tensor. The arrays are borrowed from it: they hold until it is freed or changes its form.
struct Form {
  int32_t dtype = -1;
  int32_t device_type = -1;
  int32_t device_index = -1;
  int64_t rank = 0;
  const int64_t* sizes = nullptr;
  const int64_t* strides = nullptr;

  // False where the tensor is null, undefined or of a kind without sizes and strides.
  bool read(mmt_tensor tensor);

  int64_t elements() const;
  // One beyond the furthest element that sizes and strides reach, counted from the first; 0 without elements.
  int64_t reach() const;
  // Row-major without gaps. Dimensions of size 1 may have any stride.
  bool contiguous() const;
  // Images [N, C, H, W] without gaps whose channels are innermost.
  bool channels_last() const;
  // True where two indices may mean the same element: an expanded view, for example.
  bool overlaps_itself() const;
  // On the CPU, with elements, in the types that kernels here and oneDNN's products are for: float32 and bfloat16.
  bool for_kernels() const;
  bool same_sizes(const Form& other) const;
  bool same_place(const Form& other) const;
};

// The memory of a tensor from its first element to behind its furthest; dense where every byte between is its own.
struct Memory {
  const char* start = nullptr;
  const char* end = nullptr;
  bool dense = false;

  int32_t read(mmt_tensor tensor, const Form& form, char** error);
  bool meets(const Memory& other) const { return start < other.end && other.start < end; }
};

// Owns a tensor handle.
class Owned {
 public:
  Owned() = default;
  explicit Owned(mmt_tensor tensor) : tensor_(tensor) {}
  ~Owned();
  Owned(Owned&& other) noexcept : tensor_(other.tensor_) { other.tensor_ = 0; }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  Owned& operator=(Owned&&) = delete;

  mmt_tensor get() const { return tensor_; }
  mmt_tensor release() {
    mmt_tensor tensor = tensor_;
    tensor_ = 0;
    return tensor;
  }
  mmt_tensor* out() { return &tensor_; }

 private:
  mmt_tensor tensor_ = 0;
};

// Fails where tensors that are written share elements with each other: the result would depend on the order. Two strided ones
// may interleave, as columns of one matrix do.
int32_t require_apart(std::vector<Memory> written, const char* what, char** error);

// Returns in use an operand of an operation that writes a target, or a copy of it where the two share elements at other places: the
// kernel would read what it has just written.
int32_t read_apart(mmt_tensor target, mmt_tensor operand, Owned* copy, mmt_tensor* use, char** error);

// Fails where tensors cannot be written in place: one holds an element twice, or two share elements.
int32_t require_writable(const mmt_tensor* tensors, int64_t count, const char* what, char** error);

// The caller's mode for gradients is off while this lives.
class WithoutGradients {
 public:
  WithoutGradients() : before_(mmt_set_grad_mode(0)) {}
  ~WithoutGradients() { mmt_set_grad_mode(before_); }
  WithoutGradients(const WithoutGradients&) = delete;
  WithoutGradients& operator=(const WithoutGradients&) = delete;

 private:
  int32_t before_;
};

// True where an operation on these tensors would be recorded for gradients, or may be.
bool is_recorded(std::initializer_list<mmt_tensor> operands);

// Fails where an operation in place would be recorded for gradients. Recording rewrites the tensor's history, which other threads may be
// reading; operations that return their result serve as well.
int32_t require_unrecorded(mmt_tensor target, const mmt_tensor* operands, int64_t count, const char* operation, char** error);

// Fails where an operation cannot write to a tensor in place: the tensor holds an element twice, or the operation would be recorded.
int32_t require_in_place(mmt_tensor target, const mmt_tensor* operands, int64_t count, const char* operation, char** error);

// Tells autograd that a kernel beside the dispatcher has written to a tensor, so that a backward pass that needs what was there before is
// refused.
int32_t note_written(mmt_tensor tensor, char** error);

// A scalar type that this contract lets in: the ten of DType. Quantized, complex and sub-byte types stay outside.
bool known_dtype(int32_t dtype);
bool known_device(int32_t device_type);

// Fails unless a tensor of these sizes can be asked for: at most MMT_MAX_RANK dimensions, none negative, and fewer than 2^63
// bytes together. libtorch multiplies some of these without looking.
int32_t require_sizes(const int64_t* sizes, int64_t rank, int32_t dtype, char** error);
int32_t require_type_and_place(int32_t dtype, int32_t device_type, char** error);

// libtorch keeps symbolic sizes in the same 64 bits as plain ones and takes what lies below -2^62 for a pointer.
constexpr int64_t kLeastInteger = -(int64_t{1} << 62);
int32_t require_plain_integer(int64_t value, const char* operation, char** error);

// Sizes, widths and shifts come in lists and are added and multiplied on the way. 2^48 is more than memory has bytes.
constexpr int64_t kLargestExtent = int64_t{1} << 48;
int32_t require_extent(int64_t value, const char* operation, char** error);

// Fails unless a tensor that came from an arbitrary operator is one that all other functions here can take: defined, dense,
// of a known type, on a known device, and with memory behind every element. A lazily negated view is replaced by its values.
int32_t admit(Tensor* tensor, const char* operation, char** error);

}  // namespace mmt
