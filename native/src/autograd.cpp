// Gradients (what the dispatcher offers of them; the rest is in internals.cpp).
#include "call.h"
#include "failure.h"

using namespace mmt;

extern "C" {

int32_t mmt_set_requires_grad(mmt_tensor self, int32_t requires_grad, char** error) {
  if (self == 0) {
    return fail(error, "the tensor is null");
  }
  return checked(abi.torch_set_requires_grad(reinterpret_cast<Tensor>(self), requires_grad != 0), error);
}

int32_t mmt_detach(mmt_tensor self, mmt_tensor* out, char** error) {
  return Call("aten::detach", "", error).tensor(self).run(out);
}

int32_t mmt_backward(mmt_tensor self, const mmt_tensor* inputs, int64_t count, mmt_tensor gradient,
                     int32_t retain_graph, char** error) {
  return Call("aten::_backward", "", error)
      .tensor(self)
      .tensors(inputs, count)
      .optional(gradient)
      .optional_integer(retain_graph != 0 ? 1 : 0)
      .flag(false)
      .run_without_result();
}

int32_t mmt_set_grad_mode(int32_t enabled) {
  bool before = abi.aoti_torch_grad_mode_is_enabled();
  abi.aoti_torch_grad_mode_set_enabled(enabled != 0);
  return before ? 1 : 0;
}

}  // extern "C"
