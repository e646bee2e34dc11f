// Linear maps. oneDNN multiplies single precision matrices of a transformer's sizes faster than the BLAS, and takes GELU along for
// nothing; but its function knows no gradients and only the CPU, and reads weight and bias as if they were plain. What does not fit goes to
// aten::linear, which computes it from any layout or refuses it.
#include "linear.h"

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

#include <memory>

#include "call.h"
#include "contract.h"
#include "failure.h"
#include "leaving.h"
#include "mapping_guard.h"
#include "threads.h"

using namespace mmt;

namespace {

Tensor handle(mmt_tensor tensor) { return reinterpret_cast<Tensor>(tensor); }

}  // namespace

namespace mmt {

bool are_rows(mmt_tensor input, int32_t dtype, int64_t inputs) {
  Form rows;
  return !abi.aoti_torch_grad_mode_is_enabled() && rows.read(input) && rows.for_kernels() && rows.dtype == dtype &&
         rows.rank >= 2 && rows.sizes[rows.rank - 1] == inputs;
}

bool is_bias(mmt_tensor bias, int32_t dtype, int64_t outputs) {
  Form offset;
  return bias == 0 || (offset.read(bias) && offset.device_type == kCpu && offset.dtype == dtype && offset.rank == 1 &&
                       offset.sizes[0] == outputs && offset.contiguous());
}

void page_out(mmt_tensor weight) {
#if defined(__linux__) && defined(MADV_PAGEOUT)
  Form form;
  Memory memory;
  if (form.read(weight) && memory.read(weight, form, nullptr) == MMT_OK) {
    const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    const uintptr_t first = (reinterpret_cast<uintptr_t>(memory.start) + page - 1) / page * page;
    const uintptr_t last = reinterpret_cast<uintptr_t>(memory.end) / page * page;
    if (first < last) {
      madvise(reinterpret_cast<void*>(first), last - first, MADV_PAGEOUT);
    }
  }
#else
  (void)weight;
#endif
}

}  // namespace mmt

namespace {

bool is_matrix(mmt_tensor weight, Form* matrix) {
  return abi.aoti_torch_cpu__linear_pointwise != nullptr && matrix->read(weight) && matrix->for_kernels() &&
         matrix->rank == 2 && matrix->contiguous();
}

bool onednn_fits(mmt_tensor input, mmt_tensor weight, mmt_tensor bias) {
  Form matrix;
  return is_matrix(weight, &matrix) && are_rows(input, matrix.dtype, matrix.sizes[1]) &&
         is_bias(bias, matrix.dtype, matrix.sizes[0]);
}

int32_t onednn_linear(mmt_tensor input, Tensor weight, mmt_tensor bias, bool gelu, mmt_tensor* out, char** error) {
  if (require_whole(handle(input), error) != MMT_OK || (bias != 0 && require_whole(handle(bias), error) != MMT_OK)) {
    return MMT_FAILED;
  }
  if (require_team(error) != MMT_OK) {
    return MMT_FAILED;
  }
  InFlight mark;
  Reading reading;
  Tensor offset = handle(bias);
  const char* form = "tanh";
  Tensor result = nullptr;
  int32_t status = checked(
      abi.aoti_torch_cpu__linear_pointwise(handle(input), weight, bias == 0 ? nullptr : &offset, gelu ? "gelu" : "none",
                                           nullptr, 0, gelu ? &form : nullptr, &result),
      error);
  if (status == MMT_OK && reading.disturbed()) {
    abi.aoti_torch_delete_tensor_object(result);
    return fail_for_lost_pages(error);
  }
  if (status == MMT_OK) {
    *out = reinterpret_cast<mmt_tensor>(result);
  }
  return status;
}

int32_t linear(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, bool gelu, mmt_tensor* out, char** error) {
  return require_whole(handle(weight), error) == MMT_OK ? onednn_linear(input, handle(weight), bias, gelu, out, error)
                                                         : MMT_FAILED;
}

// A matrix in blocks. libtorch keeps it as a tensor of a layout that other operators do not take, so it never leaves this file.
struct Packed {
  Owned blocks;
  int32_t dtype = -1;
  int64_t outputs = 0;
  int64_t inputs = 0;
};

}  // namespace

extern "C" {

int32_t mmt_linear(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, mmt_tensor* out, char** error) {
  if (onednn_fits(input, weight, bias)) {
    return linear(input, weight, bias, false, out, error);
  }
  return Call("aten::linear", "", error).tensor(input).tensor(weight).optional(bias).run(out);
}

int32_t mmt_linear_gelu(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, mmt_tensor* out, char** error) {
  if (onednn_fits(input, weight, bias)) {
    return linear(input, weight, bias, true, out, error);
  }
  Owned product;
  return mmt_linear(input, weight, bias, product.out(), error) == MMT_OK ? mmt_gelu(product.get(), 1, out, error)
                                                                         : MMT_FAILED;
}

int32_t mmt_pack(mmt_tensor weight, int64_t rows, mmt_packed* out, char** error) {
  Form matrix;
  if (!is_matrix(weight, &matrix)) {
    return fail(error, "only a row-major matrix of float32 or bfloat16 in main memory can be packed");
  }
  auto packed = std::unique_ptr<Packed>(new Packed);
  packed->dtype = matrix.dtype;
  packed->outputs = matrix.sizes[0];
  packed->inputs = matrix.sizes[1];
  if (Call("mkldnn::_reorder_linear_weight", "", error).tensor(weight).optional_integer(rows).run(packed->blocks.out()) !=
      MMT_OK) {
    return MMT_FAILED;
  }
  page_out(weight);
  *out = reinterpret_cast<mmt_packed>(packed.release());
  return MMT_OK;
}

void mmt_packed_free(mmt_packed packed) { delete reinterpret_cast<Packed*>(packed); }

int32_t mmt_unpack(mmt_packed packed, mmt_tensor* out, char** error) {
  if (packed == 0) {
    return fail(error, "the packed matrix is closed");
  }
  return Call("aten::to_dense", "", error)
      .tensor(reinterpret_cast<Packed*>(packed)->blocks.get())
      .none()
      .none()
      .run(out);
}

int32_t mmt_packed_linear(mmt_tensor input, mmt_packed packed, mmt_tensor bias, int32_t gelu, mmt_tensor* out,
                          char** error) {
  if (packed == 0) {
    return fail(error, "the packed matrix is closed");
  }
  const auto* matrix = reinterpret_cast<Packed*>(packed);
  if (!are_rows(input, matrix->dtype, matrix->inputs) || !is_bias(bias, matrix->dtype, matrix->outputs)) {
    *out = 0;
    return MMT_OK;
  }
  return onednn_linear(input, handle(matrix->blocks.get()), bias, gelu != 0, out, error);
}

}  // extern "C"
