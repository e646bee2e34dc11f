// Gradients and optimiser steps (what the dispatcher offers of them; the rest is in internals.cpp).
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

int32_t mmt_fused_adamw_(const mmt_tensor* parameters, const mmt_tensor* gradients, const mmt_tensor* first_moments,
                         const mmt_tensor* second_moments, const mmt_tensor* steps, int64_t count, double rate,
                         double beta1, double beta2, double weight_decay, double eps, mmt_tensor gradient_scale,
                         mmt_tensor found_infinity, char** error) {
  return Call("aten::_fused_adamw_", "", error)
      .tensors(parameters, count)
      .tensors(gradients, count)
      .tensors(first_moments, count)
      .tensors(second_moments, count)
      .tensors(nullptr, 0)
      .tensors(steps, count)
      .real(rate)
      .real(beta1)
      .real(beta2)
      .real(weight_decay)
      .real(eps)
      .flag(false)
      .flag(false)
      .optional(gradient_scale)
      .optional(found_infinity)
      .run_without_result();
}

int32_t mmt_foreach_mul_(const mmt_tensor* tensors, int64_t count, mmt_tensor factor, char** error) {
  return Call("aten::_foreach_mul_", "Tensor", error).tensors(tensors, count).tensor(factor).run_without_result();
}

int32_t mmt_foreach_unscale_(const mmt_tensor* tensors, int64_t count, mmt_tensor found_infinity,
                             mmt_tensor inverse_scale, char** error) {
  return Call("aten::_amp_foreach_non_finite_check_and_unscale_", "", error)
      .tensors(tensors, count)
      .tensor(found_infinity)
      .tensor(inverse_scale)
      .run_without_result();
}

}  // extern "C"
