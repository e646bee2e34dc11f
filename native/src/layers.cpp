// The layers of networks.
#include "call.h"

using namespace mmt;

extern "C" {

int32_t mmt_matmul(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error) {
  return Call("aten::matmul", "", error).tensor(self).tensor(other).run(out);
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
