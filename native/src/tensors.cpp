// Life, facts and copies of tensors.
#include <algorithm>

#include "call.h"
#include "contract.h"
#include "failure.h"
#include "leaving.h"
#include "mapping_guard.h"
#include "threads.h"

using namespace mmt;

namespace {

Tensor handle(mmt_tensor tensor) {
  return reinterpret_cast<Tensor>(tensor);
}

int32_t is_null(char** error) {
  return fail(error, "the tensor is null");
}

}  // namespace

extern "C" {

void mmt_tensor_free(mmt_tensor tensor) {
  if (tensor != 0) {
    InFlight mark;
    abi.aoti_torch_delete_tensor_object(handle(tensor));
  }
}

int32_t mmt_tensor_alias(mmt_tensor tensor, mmt_tensor* out, char** error) {
  if (tensor == 0) {
    return is_null(error);
  }
  Tensor copy = nullptr;
  int32_t status = checked(abi.aoti_torch_new_tensor_handle(handle(tensor), &copy), error);
  if (status == MMT_OK) {
    *out = reinterpret_cast<mmt_tensor>(copy);
  }
  return status;
}

int32_t mmt_tensor_facts(mmt_tensor tensor, int64_t* facts, char** error) {
  if (tensor == 0) {
    return is_null(error);
  }
  Tensor self = handle(tensor);
  int32_t dtype = 0;
  int32_t device_type = 0;
  int32_t device_index = 0;
  bool contiguous = false;
  int64_t rank = 0;
  int64_t* sizes = nullptr;
  int64_t* strides = nullptr;
  if (checked(abi.aoti_torch_get_dtype(self, &dtype), error) != MMT_OK ||
      checked(abi.aoti_torch_get_device_type(self, &device_type), error) != MMT_OK ||
      checked(abi.aoti_torch_get_device_index(self, &device_index), error) != MMT_OK ||
      checked(abi.aoti_torch_is_contiguous(self, &contiguous), error) != MMT_OK ||
      checked(abi.aoti_torch_get_dim(self, &rank), error) != MMT_OK ||
      checked(abi.aoti_torch_get_sizes(self, &sizes), error) != MMT_OK ||
      checked(abi.aoti_torch_get_strides(self, &strides), error) != MMT_OK) {
    return MMT_FAILED;
  }
  if (rank > MMT_MAX_RANK) {
    return fail(error, "a tensor of %lld dimensions; at most %d are supported", static_cast<long long>(rank),
                MMT_MAX_RANK);
  }
  facts[0] = dtype;
  facts[1] = device_type;
  facts[2] = device_index;
  facts[3] = contiguous ? 1 : 0;
  facts[4] = rank;
  std::copy(sizes, sizes + rank, facts + 5);
  std::copy(strides, strides + rank, facts + 5 + rank);
  return MMT_OK;
}

int32_t mmt_tensor_data(mmt_tensor tensor, int64_t bytes, void** out, char** error) {
  Form form;
  if (tensor == 0) {
    return is_null(error);
  }
  if (!form.read(tensor) || !known_dtype(form.dtype) || form.device_type != kCpu || !form.contiguous()) {
    return fail(error, "only a row-major tensor in main memory can be read in place");
  }
  auto width = static_cast<int64_t>(abi.aoti_torch_dtype_element_size(form.dtype));
  if (form.elements() * width != bytes) {
    return fail(error, "a tensor of %lld bytes was taken for one of %lld", static_cast<long long>(form.elements() * width),
                static_cast<long long>(bytes));
  }
  void* data = nullptr;
  if (require_whole(handle(tensor), error) != MMT_OK ||
      checked(abi.aoti_torch_get_data_ptr(handle(tensor), &data), error) != MMT_OK) {
    return MMT_FAILED;
  }
  if (data == nullptr && bytes > 0) {
    return fail(error, "the tensor has no memory");
  }
  *out = data;
  return MMT_OK;
}

int32_t mmt_empty(const int64_t* sizes, int64_t rank, int32_t dtype, int32_t device_type, int32_t device_index,
                  mmt_tensor* out, char** error) {
  if (require_type_and_place(dtype, device_type, error) != MMT_OK ||
      require_sizes(sizes, rank, dtype, error) != MMT_OK) {
    return MMT_FAILED;
  }
  int64_t strides[MMT_MAX_RANK];
  int64_t step = 1;
  for (int64_t i = rank - 1; i >= 0; --i) {
    strides[i] = step;
    step *= std::max<int64_t>(sizes[i], 1);
  }
  Tensor result = nullptr;
  int32_t status = checked(
      abi.aoti_torch_empty_strided(rank, sizes, strides, dtype, device_type, device_index, &result), error);
  if (status == MMT_OK) {
    *out = reinterpret_cast<mmt_tensor>(result);
  }
  return status;
}

int32_t mmt_full(const int64_t* sizes, int64_t rank, double value, int32_t dtype, int32_t device_type,
                 int32_t device_index, mmt_tensor* out, char** error) {
  if (require_type_and_place(dtype, device_type, error) != MMT_OK ||
      require_sizes(sizes, rank, dtype, error) != MMT_OK) {
    return MMT_FAILED;
  }
  Tensor result = nullptr;
  int32_t status = checked(abi.aoti_torch_aten_full(sizes, rank, value, &dtype, nullptr, &device_type, device_index,
                                                    nullptr, &result),
                           error);
  if (status == MMT_OK) {
    *out = reinterpret_cast<mmt_tensor>(result);
  }
  return status;
}

int32_t mmt_to(mmt_tensor self, int32_t dtype, int32_t device_type, int32_t device_index, int32_t copy,
               mmt_tensor* out, char** error) {
  if (require_type_and_place(dtype, device_type, error) != MMT_OK) {
    return MMT_FAILED;
  }
  return Call("aten::to", "device", error)
      .tensor(self)
      .device(device_type, device_index)
      .dtype(dtype)
      .flag(false)
      .flag(copy != 0)
      .none()
      .run(out);
}

int32_t mmt_copy_(mmt_tensor self, mmt_tensor source, char** error) {
  if (self == 0 || source == 0) {
    return is_null(error);
  }
  if (require_whole(handle(self), error) != MMT_OK || require_whole(handle(source), error) != MMT_OK) {
    return MMT_FAILED;
  }
  if (require_in_place(self, &source, 1, "copy_", error) != MMT_OK || require_team(error) != MMT_OK) {
    return MMT_FAILED;
  }
  Owned copy;
  mmt_tensor apart = 0;
  if (read_apart(self, source, &copy, &apart, error) != MMT_OK) {
    return MMT_FAILED;
  }
  Reading reading;
  return reading.finish(checked(abi.aoti_torch_copy_(handle(self), handle(apart), 0), error), error);
}

int32_t mmt_clone(mmt_tensor self, mmt_tensor* out, char** error) {
  return Call("aten::clone", "", error).tensor(self).none().run(out);
}

int32_t mmt_contiguous(mmt_tensor self, int32_t memory_format, mmt_tensor* out, char** error) {
  return Call("aten::contiguous", "", error).tensor(self).dtype(memory_format).run(out);
}

int32_t mmt_item(mmt_tensor self, double* out, char** error) {
  mmt_tensor wide = 0;
  if (mmt_to(self, kFloat64, kCpu, -1, 0, &wide, error) != MMT_OK) {
    return MMT_FAILED;
  }
  Reading reading;
  double number = 0;
  int32_t status = reading.finish(checked(abi.aoti_torch_item_float64(handle(wide), &number), error), error);
  if (status == MMT_OK) {
    *out = number;
  }
  mmt_tensor_free(wide);
  return status;
}

int32_t mmt_item_integer(mmt_tensor self, int64_t* out, char** error) {
  mmt_tensor wide = 0;
  if (mmt_to(self, kInt64, kCpu, -1, 0, &wide, error) != MMT_OK) {
    return MMT_FAILED;
  }
  Reading reading;
  int64_t number = 0;
  int32_t status = reading.finish(checked(abi.aoti_torch_item_int64(handle(wide), &number), error), error);
  if (status == MMT_OK) {
    *out = number;
  }
  mmt_tensor_free(wide);
  return status;
}

}  // extern "C"
