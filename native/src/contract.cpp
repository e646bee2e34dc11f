#include "contract.h"

#include <algorithm>
#include <string>

#include "call.h"
#include "failure.h"

namespace mmt {

namespace {

Tensor handle(mmt_tensor tensor) { return reinterpret_cast<Tensor>(tensor); }

const char* layout_name(int32_t layout) {
  static const char* const names[] = {"strided",    "sparse COO", "sparse CSR", "MKL-DNN",
                                      "sparse CSC", "sparse BSR", "sparse BSC", "jagged"};
  return layout >= 0 && layout < 8 ? names[layout] : "unknown";
}

int32_t refuse(const char* operation, const char* kind, char** error) {
  return fail(error, "%s returned %s, which cannot be a Tensor here; convert it to a dense tensor of a plain type in"
              " the same operator, if there is one that does", operation, kind);
}

}  // namespace

Owned::~Owned() { mmt_tensor_free(tensor_); }

bool Form::read(mmt_tensor tensor) {
  if (tensor == 0) {
    return false;
  }
  Tensor self = handle(tensor);
  int64_t* size_array = nullptr;
  int64_t* stride_array = nullptr;
  if (abi.aoti_torch_get_dtype(self, &dtype) != 0 || abi.aoti_torch_get_device_type(self, &device_type) != 0 ||
      abi.aoti_torch_get_device_index(self, &device_index) != 0 || abi.aoti_torch_get_dim(self, &rank) != 0 ||
      abi.aoti_torch_get_sizes(self, &size_array) != 0 || abi.aoti_torch_get_strides(self, &stride_array) != 0) {
    return false;
  }
  sizes = size_array;
  strides = stride_array;
  return rank >= 0 && rank <= MMT_MAX_RANK;
}

// libtorch has checked the product when it made the tensor.
int64_t Form::elements() const {
  int64_t product = 1;
  for (int64_t i = 0; i < rank; ++i) {
    product *= sizes[i];
  }
  return product;
}

int64_t Form::reach() const {
  int64_t last = 0;
  for (int64_t i = 0; i < rank; ++i) {
    if (sizes[i] == 0) {
      return 0;
    }
    last += (sizes[i] - 1) * strides[i];
  }
  return last + 1;
}

bool Form::contiguous() const {
  int64_t step = 1;
  for (int64_t i = rank - 1; i >= 0; --i) {
    if (sizes[i] == 0) {
      return true;
    }
    if (sizes[i] != 1 && strides[i] != step) {
      return false;
    }
    step *= sizes[i];
  }
  return true;
}

bool Form::channels_last() const {
  if (rank != 4) {
    return false;
  }
  const int64_t steps[] = {sizes[1] * sizes[2] * sizes[3], 1, sizes[1] * sizes[3], sizes[1]};
  for (int64_t i = 0; i < rank; ++i) {
    if (sizes[i] != 1 && strides[i] != steps[i]) {
      return false;
    }
  }
  return true;
}

bool Form::overlaps_itself() const {
  int64_t order[MMT_MAX_RANK];
  int64_t count = 0;
  for (int64_t i = 0; i < rank; ++i) {
    if (sizes[i] == 0) {
      return false;
    }
    if (sizes[i] > 1) {
      order[count++] = i;
    }
  }
  std::sort(order, order + count, [this](int64_t left, int64_t right) { return strides[left] < strides[right]; });
  // Each dimension must step over all that the narrower ones reach.
  int64_t reached = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (strides[order[i]] <= reached) {
      return true;
    }
    reached += (sizes[order[i]] - 1) * strides[order[i]];
  }
  return false;
}

bool Form::for_kernels() const {
  return device_type == kCpu && (dtype == kFloat32 || dtype == kBfloat16) && elements() > 0;
}

bool Form::same_sizes(const Form& other) const {
  return rank == other.rank && std::equal(sizes, sizes + rank, other.sizes);
}

bool Form::same_place(const Form& other) const {
  return device_type == other.device_type && device_index == other.device_index;
}

int32_t Memory::read(mmt_tensor tensor, const Form& form, char** error) {
  if (form.reach() == 0) {
    return MMT_OK;
  }
  void* data = nullptr;
  if (checked(abi.aoti_torch_get_data_ptr(handle(tensor), &data), error) != MMT_OK) {
    return MMT_FAILED;
  }
  auto width = static_cast<int64_t>(abi.aoti_torch_dtype_element_size(form.dtype));
  start = static_cast<char*>(data);
  end = start + form.reach() * width;
  dense = form.reach() == form.elements();
  return MMT_OK;
}

int32_t require_apart(std::vector<Memory> written, const char* what, char** error) {
  std::sort(written.begin(), written.end(), [](const Memory& left, const Memory& right) { return left.start < right.start; });
  Memory dense;
  Memory any;
  for (const Memory& memory : written) {
    if (memory.start == nullptr) {
      continue;
    }
    if (memory.start < dense.end || (memory.dense && memory.start < any.end) || memory.start == any.start) {
      return fail(error, "%s overlap in memory; copy() them apart", what);
    }
    any = {memory.start, std::max(any.end, memory.end), memory.dense};
    dense.end = memory.dense ? std::max(dense.end, memory.end) : dense.end;
  }
  return MMT_OK;
}

int32_t read_apart(mmt_tensor target, mmt_tensor operand, Owned* copy, mmt_tensor* use, char** error) {
  *use = operand;
  Form written;
  Form given;
  if (!written.read(target) || !given.read(operand) || !written.same_place(given)) {
    return MMT_OK;
  }
  Memory place;
  Memory other;
  if (place.read(target, written, error) != MMT_OK || other.read(operand, given, error) != MMT_OK) {
    return MMT_FAILED;
  }
  bool same = place.start == other.start && written.dtype == given.dtype && written.same_sizes(given) &&
              std::equal(written.strides, written.strides + written.rank, given.strides);
  if (same || !place.meets(other)) {
    return MMT_OK;
  }
  if (mmt_clone(operand, copy->out(), error) != MMT_OK) {
    return MMT_FAILED;
  }
  *use = copy->get();
  return MMT_OK;
}

int32_t require_writable(const mmt_tensor* tensors, int64_t count, const char* what, char** error) {
  std::vector<Memory> written;
  for (int64_t i = 0; i < count; ++i) {
    Form form;
    Memory memory;
    if (!form.read(tensors[i])) {
      return fail(error, "tensor %lld of the %s is null", static_cast<long long>(i), what);
    }
    if (form.overlaps_itself()) {
      return fail(error, "tensor %lld of the %s is a view in which several elements share memory; copy() it first",
                  static_cast<long long>(i), what);
    }
    if (memory.read(tensors[i], form, error) != MMT_OK) {
      return MMT_FAILED;
    }
    written.push_back(memory);
  }
  return require_apart(std::move(written), what, error);
}

bool is_recorded(std::initializer_list<mmt_tensor> operands) {
  return abi.aoti_torch_grad_mode_is_enabled() &&
         (internals.requires_grad == nullptr || std::any_of(operands.begin(), operands.end(), [](mmt_tensor tensor) {
            return tensor != 0 && internals.requires_grad(impl_of(handle(tensor)));
          }));
}

int32_t require_unrecorded(mmt_tensor target, const mmt_tensor* operands, int64_t count, const char* operation, char** error) {
  if (!abi.aoti_torch_grad_mode_is_enabled() || internals.requires_grad == nullptr) {
    return MMT_OK;
  }
  auto recorded = [](mmt_tensor tensor) { return tensor != 0 && internals.requires_grad(impl_of(handle(tensor))); };
  return recorded(target) || std::any_of(operands, operands + count, recorded)
             ? fail(error,
                    "%s would be recorded for gradients in place; use the operation that returns its result, or Torch.noGrad()"
                    " where no gradient is wanted",
                    operation)
             : MMT_OK;
}

int32_t require_in_place(mmt_tensor target, const mmt_tensor* operands, int64_t count, const char* operation, char** error) {
  Form form;
  if (!form.read(target)) {
    return fail(error, "the tensor that %s writes to is null", operation);
  }
  if (!form.contiguous() && form.overlaps_itself()) {
    return fail(error, "%s writes to a view in which several elements share memory; copy() it first", operation);
  }
  return require_unrecorded(target, operands, count, operation, error);
}

int32_t note_written(mmt_tensor tensor, char** error) {
  // A view of nothing shares the count of writes.
  WithoutGradients mode;
  Owned row;
  Owned nothing;
  return mmt_unsqueeze(tensor, 0, row.out(), error) == MMT_OK && mmt_slice(row.get(), 0, 0, 0, 1, nothing.out(), error) == MMT_OK
             ? Call("aten::zero_", "", error).tensor(nothing.get()).run()
             : MMT_FAILED;
}

bool known_dtype(int32_t dtype) {
  return (dtype >= 0 && dtype <= kFloat64) || dtype == 11 || dtype == kBfloat16;
}

bool known_device(int32_t device_type) { return device_type == kCpu || device_type == kCuda; }

int32_t require_type_and_place(int32_t dtype, int32_t device_type, char** error) {
  if (!known_dtype(dtype)) {
    return fail(error, "scalar type %d is none that this library passes to libtorch", dtype);
  }
  return known_device(device_type) ? MMT_OK
                                   : fail(error, "device type %d is neither the CPU (0) nor CUDA (1)", device_type);
}

int32_t require_sizes(const int64_t* sizes, int64_t rank, int32_t dtype, char** error) {
  if (rank < 0 || rank > MMT_MAX_RANK) {
    return fail(error, "a tensor of %lld dimensions; at most %d are supported", static_cast<long long>(rank),
                MMT_MAX_RANK);
  }
  if (!known_dtype(dtype)) {
    return require_type_and_place(dtype, kCpu, error);
  }
  auto bytes = static_cast<int64_t>(abi.aoti_torch_dtype_element_size(dtype));
  bool fits = true;
  for (int64_t i = 0; i < rank; ++i) {
    if (sizes[i] < 0) {
      return fail(error, "size %lld of dimension %lld is negative", static_cast<long long>(sizes[i]),
                  static_cast<long long>(i));
    }
    // Empty dimensions do not make the others harmless: strides are products of them.
    fits = fits && !__builtin_mul_overflow(bytes, std::max<int64_t>(sizes[i], 1), &bytes);
  }
  if (!fits) {
    return fail(error, "a tensor whose sizes, multiplied, need 2^63 bytes or more; the largest is %lld",
                static_cast<long long>(*std::max_element(sizes, sizes + rank)));
  }
  return MMT_OK;
}

int32_t require_plain_integer(int64_t value, const char* operation, char** error) {
  return value >= kLeastInteger
             ? MMT_OK
             : fail(error, "%s was given the number %lld; it must be at least -2^62", operation,
                    static_cast<long long>(value));
}

int32_t require_extent(int64_t value, const char* operation, char** error) {
  return value >= -kLargestExtent && value <= kLargestExtent
             ? MMT_OK
             : fail(error, "%s was given a list with the number %lld; sizes, widths and shifts go up to 2^48", operation,
                    static_cast<long long>(value));
}

int32_t admit(Tensor* tensor, const char* operation, char** error) {
  bool defined = false;
  int32_t layout = -1;
  Form form;
  if (*tensor == nullptr || abi.aoti_torch_is_defined(*tensor, &defined) != 0 || !defined) {
    return refuse(operation, "no tensor (an undefined one)", error);
  }
  if (abi.aoti_torch_get_layout(*tensor, &layout) != 0 || layout != 0) {
    return refuse(operation, (std::string("a tensor of ") + layout_name(layout) + " layout").c_str(), error);
  }
  if (!form.read(reinterpret_cast<mmt_tensor>(*tensor))) {
    return refuse(operation, "a tensor without sizes and strides (a nested one, or of too many dimensions)", error);
  }
  if (!known_device(form.device_type)) {
    return refuse(operation, "a tensor on another device than CPU and CUDA (a meta tensor has no values)", error);
  }
  if (!known_dtype(form.dtype)) {
    return refuse(operation, "a tensor of a quantized, complex or otherwise unknown type", error);
  }
  auto self = reinterpret_cast<mmt_tensor>(*tensor);
  Value answer = 0;
  if (Call("aten::is_neg", "", error).tensor(self).run_values(&answer, 1) != MMT_OK) {
    return MMT_FAILED;
  }
  if ((answer & 0xFF) != 0) {
    mmt_tensor resolved = 0;
    if (Call("aten::resolve_neg", "", error).tensor(self).run(&resolved) != MMT_OK) {
      return MMT_FAILED;
    }
    abi.aoti_torch_delete_tensor_object(*tensor);
    *tensor = handle(resolved);
    form.read(resolved);
  }
  if (form.elements() == 0) {
    return MMT_OK;
  }
  void* data = nullptr;
  int64_t storage_bytes = 0;
  int64_t storage_offset = 0;
  if (abi.aoti_torch_get_data_ptr(*tensor, &data) != 0 || data == nullptr) {
    return refuse(operation, "a tensor without memory (zeros that libtorch does not store)", error);
  }
  if (abi.aoti_torch_get_storage_size(*tensor, &storage_bytes) != 0 ||
      abi.aoti_torch_get_storage_offset(*tensor, &storage_offset) != 0 ||
      std::any_of(form.strides, form.strides + form.rank, [](int64_t stride) { return stride < 0; })) {
    return refuse(operation, "a tensor whose memory cannot be told", error);
  }
  auto width = static_cast<int64_t>(abi.aoti_torch_dtype_element_size(form.dtype));
  if (storage_offset < 0 || form.reach() > storage_bytes / width - storage_offset) {
    return refuse(operation, "a tensor that reaches beyond its storage", error);
  }
  return MMT_OK;
}

}  // namespace mmt
