// The layers of networks.
#include "call.h"
#include "contract.h"
#include "failure.h"
#include "leaving.h"
#include "mapping_guard.h"

using namespace mmt;

namespace {

// oneDNN multiplies single precision matrices of a transformer's sizes faster than the BLAS, and takes GELU along for
// nothing; but its function knows no gradients and only the CPU, and reads weight and bias as if they were plain. What does
// not fit goes to aten::linear, which computes it from any layout or refuses it.
bool onednn_fits(mmt_tensor input, mmt_tensor weight, mmt_tensor bias) {
  if (abi.aoti_torch_cpu__linear_pointwise == nullptr || abi.aoti_torch_grad_mode_is_enabled()) {
    return false;
  }
  Form rows;
  Form matrix;
  if (!rows.read(input) || !matrix.read(weight)) {
    return false;
  }
  if (rows.device_type != kCpu || matrix.device_type != kCpu || rows.dtype != matrix.dtype ||
      (rows.dtype != kFloat32 && rows.dtype != kBfloat16) || rows.rank < 2 || matrix.rank != 2 ||
      rows.sizes[rows.rank - 1] != matrix.sizes[1] || rows.elements() == 0 || matrix.sizes[0] == 0 ||
      !matrix.contiguous()) {
    return false;
  }
  if (bias == 0) {
    return true;
  }
  Form offset;
  return offset.read(bias) && offset.device_type == kCpu && offset.dtype == rows.dtype && offset.rank == 1 &&
         offset.sizes[0] == matrix.sizes[0] && offset.contiguous();
}

int32_t onednn_linear(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, const char* activation,
                      const char* algorithm, mmt_tensor* out, char** error) {
  for (mmt_tensor tensor : {input, weight, bias}) {
    if (tensor != 0 && require_whole(reinterpret_cast<Tensor>(tensor), error) != MMT_OK) {
      return MMT_FAILED;
    }
  }
  InFlight mark;
  Reading reading;
  auto offset = reinterpret_cast<Tensor>(bias);
  Tensor result = nullptr;
  int32_t status = checked(abi.aoti_torch_cpu__linear_pointwise(
                               reinterpret_cast<Tensor>(input), reinterpret_cast<Tensor>(weight),
                               bias == 0 ? nullptr : &offset, activation, nullptr, 0,
                               algorithm == nullptr ? nullptr : &algorithm, &result),
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

}  // namespace

extern "C" {

int32_t mmt_matmul(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error) {
  return Call("aten::matmul", "", error).tensor(self).tensor(other).run(out);
}

int32_t mmt_linear(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, mmt_tensor* out, char** error) {
  if (onednn_fits(input, weight, bias)) {
    return onednn_linear(input, weight, bias, "none", nullptr, out, error);
  }
  return Call("aten::linear", "", error).tensor(input).tensor(weight).optional(bias).run(out);
}

int32_t mmt_linear_gelu(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, mmt_tensor* out, char** error) {
  if (onednn_fits(input, weight, bias)) {
    return onednn_linear(input, weight, bias, "gelu", "tanh", out, error);
  }
  mmt_tensor linear = 0;
  if (mmt_linear(input, weight, bias, &linear, error) != MMT_OK) {
    return MMT_FAILED;
  }
  int32_t status = mmt_gelu(linear, 1, out, error);
  mmt_tensor_free(linear);
  return status;
}

int32_t mmt_conv2d(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, int64_t stride, int64_t padding,
                   int64_t groups, mmt_tensor* out, char** error) {
  const int64_t strides[] = {stride, stride};
  const int64_t paddings[] = {padding, padding};
  const int64_t dilations[] = {1, 1};
  return Call("aten::conv2d", "", error)
      .tensor(input)
      .tensor(weight)
      .optional(bias)
      .integers(strides, 2)
      .integers(paddings, 2)
      .integers(dilations, 2)
      .integer(groups)
      .run(out);
}

int32_t mmt_layer_norm(mmt_tensor input, const int64_t* shape, int64_t rank, mmt_tensor weight, mmt_tensor bias,
                       double eps, mmt_tensor* out, char** error) {
  return Call("aten::layer_norm", "", error)
      .tensor(input)
      .integers(shape, rank)
      .optional(weight)
      .optional(bias)
      .real(eps)
      .flag(true)
      .run(out);
}

int32_t mmt_group_norm(mmt_tensor input, int64_t groups, mmt_tensor weight, mmt_tensor bias, double eps,
                       mmt_tensor* out, char** error) {
  if (groups < 1) {
    return fail(error, "group_norm needs at least 1 group, not %lld", static_cast<long long>(groups));
  }
  return Call("aten::group_norm", "", error)
      .tensor(input)
      .integer(groups)
      .optional(weight)
      .optional(bias)
      .real(eps)
      .flag(true)
      .run(out);
}

int32_t mmt_embedding(mmt_tensor weight, mmt_tensor indices, mmt_tensor* out, char** error) {
  return Call("aten::embedding", "", error)
      .tensor(weight)
      .tensor(indices)
      .integer(-1)
      .flag(false)
      .flag(false)
      .run(out);
}

int32_t mmt_upsample_nearest(mmt_tensor input, int64_t height, int64_t width, mmt_tensor* out, char** error) {
  const int64_t size[] = {height, width};
  return Call("aten::upsample_nearest2d", "vec", error).tensor(input).optional_integers(size, 2).none().run(out);
}

int32_t mmt_upsample_bicubic(mmt_tensor input, int64_t height, int64_t width, int32_t align_corners,
                             double scale_height, double scale_width, mmt_tensor* out, char** error) {
  const int64_t size[] = {height, width};
  Call call("aten::upsample_bicubic2d", "", error);
  call.tensor(input).integers(size, 2).flag(align_corners != 0);
  if (scale_height == 0.0 || scale_width == 0.0) {
    call.none().none();
  } else {
    call.optional_real(scale_height).optional_real(scale_width);
  }
  return call.run(out);
}

int32_t mmt_pad(mmt_tensor input, const int64_t* widths, int64_t count, const char* mode, double value,
                mmt_tensor* out, char** error) {
  return Call("aten::pad", "", error)
      .tensor(input)
      .integers(widths, count)
      .text(mode)
      .optional_real(value)
      .run(out);
}

int32_t mmt_dropout(mmt_tensor input, double probability, mmt_tensor* out, char** error) {
  return Call("aten::dropout", "", error).tensor(input).real(probability).flag(true).run(out);
}

}  // extern "C"
