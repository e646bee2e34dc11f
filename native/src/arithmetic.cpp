// Element by element.
#include <cmath>

#include "call.h"
#include "contract.h"
#include "failure.h"
#include "threads.h"

using namespace mmt;

namespace {

// Numbers cannot cross the stable ABI as such; a 0-dim tensor takes part in type promotion just as a number does.
class Number {
 public:
  Number(double value, char** error) {
    status_ = checked(abi.aoti_torch_scalar_to_tensor_float64(value, &tensor_), error);
  }
  ~Number() {
    if (tensor_ != nullptr) {
      abi.aoti_torch_delete_tensor_object(tensor_);
    }
  }
  Number(const Number&) = delete;
  Number& operator=(const Number&) = delete;

  bool failed() const { return status_ != MMT_OK; }
  Tensor handle() const { return tensor_; }
  mmt_tensor tensor() const { return reinterpret_cast<mmt_tensor>(tensor_); }

 private:
  Tensor tensor_ = nullptr;
  int32_t status_;
};

int32_t with_number(const char* name, const char* overload, mmt_tensor self, double other, mmt_tensor* out,
                    char** error) {
  Number number(other, error);
  return number.failed() ? MMT_FAILED : Call(name, overload, error).tensor(self).tensor(number.tensor()).run(out);
}

bool is_integral(Tensor tensor) {
  int32_t dtype = -1;
  return abi.aoti_torch_get_dtype(tensor, &dtype) == 0 && dtype >= 0 && dtype <= kInt64;
}

// self + other or self - other of whole numbers, for which libtorch's function below does not take its fraction: both in the form of their
// product by ones, which broadcasts and promotes them, and then summed.
int32_t add_integers(mmt_tensor self, mmt_tensor other, bool negative, mmt_tensor* out, char** error) {
  Owned ones[2];
  Owned terms[2];
  Owned negated;
  Owned both;
  Form form;
  if (Call("aten::ones_like", "", error).tensor(other).none().none().none().none().none().run(ones[0].out()) != MMT_OK ||
      Call("aten::ones_like", "", error).tensor(self).none().none().none().none().none().run(ones[1].out()) != MMT_OK ||
      mmt_mul(self, ones[0].get(), terms[0].out(), error) != MMT_OK ||
      mmt_mul(other, ones[1].get(), terms[1].out(), error) != MMT_OK ||
      (negative && mmt_neg(terms[1].get(), negated.out(), error) != MMT_OK)) {
    return MMT_FAILED;
  }
  const mmt_tensor list[2] = {terms[0].get(), negative ? negated.get() : terms[1].get()};
  const int64_t first = 0;
  if (mmt_stack(list, 2, 0, both.out(), error) != MMT_OK || !form.read(both.get())) {
    return MMT_FAILED;
  }
  return Call("aten::sum", "dim_IntList", error)
      .tensor(both.get())
      .optional_integers(&first, 1)
      .flag(false)
      .optional_dtype(form.dtype)
      .run(out);
}

// self + alpha * other. add.Tensor has a Scalar in its schema; libtorch's C function for the difference takes a double.
int32_t add_scaled(mmt_tensor self, Tensor other, double alpha, mmt_tensor* out, char** error) {
  if (self == 0 || other == nullptr) {
    return fail(error, "a tensor argument of add is null");
  }
  if (require_team(error) != MMT_OK) {
    return MMT_FAILED;
  }
  if ((alpha == 1 || alpha == -1) && is_integral(reinterpret_cast<Tensor>(self)) && is_integral(other)) {
    return add_integers(self, reinterpret_cast<mmt_tensor>(other), alpha < 0, out, error);
  }
  Tensor result = nullptr;
  int32_t status =
      checked(abi.aoti_torch_aten_subtract_Tensor(reinterpret_cast<Tensor>(self), other, -alpha, &result), error);
  if (status == MMT_OK) {
    *out = reinterpret_cast<mmt_tensor>(result);
  }
  return status;
}

// The weight of an interpolation, as exact as what it lies between.
int32_t weight_of(mmt_tensor self, double weight, mmt_tensor* out, char** error) {
  Form form;
  return mmt_full(nullptr, 0, weight, form.read(self) && form.dtype == kFloat64 ? kFloat64 : kFloat32, 0, -1, out, error);
}

}  // namespace

extern "C" {

#define MMT_UNARY(name, op)                                              \
  int32_t mmt_##name(mmt_tensor self, mmt_tensor* out, char** error) {   \
    return Call("aten::" op, "", error).tensor(self).run(out);           \
  }

MMT_UNARY(neg, "neg")
MMT_UNARY(abs, "abs")
MMT_UNARY(exp, "exp")
MMT_UNARY(log, "log")
MMT_UNARY(sqrt, "sqrt")
MMT_UNARY(rsqrt, "rsqrt")
MMT_UNARY(sin, "sin")
MMT_UNARY(cos, "cos")
MMT_UNARY(acos, "acos")
MMT_UNARY(floor, "floor")
MMT_UNARY(round, "round")
MMT_UNARY(tanh, "tanh")
MMT_UNARY(sigmoid, "sigmoid")
MMT_UNARY(silu, "silu")
MMT_UNARY(relu, "relu")
MMT_UNARY(isfinite, "isfinite")
MMT_UNARY(logical_not, "logical_not")

#define MMT_BINARY(name, op, overload)                                                    \
  int32_t mmt_##name(mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error) {  \
    return Call("aten::" op, overload, error).tensor(self).tensor(other).run(out);        \
  }

MMT_BINARY(mul, "mul", "Tensor")
MMT_BINARY(div, "div", "Tensor")
MMT_BINARY(pow, "pow", "Tensor_Tensor")
MMT_BINARY(minimum, "minimum", "")
MMT_BINARY(maximum, "maximum", "")
MMT_BINARY(atan2, "atan2", "")
MMT_BINARY(eq, "eq", "Tensor")
MMT_BINARY(ne, "ne", "Tensor")
MMT_BINARY(lt, "lt", "Tensor")
MMT_BINARY(le, "le", "Tensor")
MMT_BINARY(gt, "gt", "Tensor")
MMT_BINARY(ge, "ge", "Tensor")
MMT_BINARY(logical_and, "logical_and", "")

int32_t mmt_add(mmt_tensor self, mmt_tensor other, double alpha, mmt_tensor* out, char** error) {
  return add_scaled(self, reinterpret_cast<Tensor>(other), alpha, out, error);
}

int32_t mmt_add_scalar(mmt_tensor self, double other, mmt_tensor* out, char** error) {
  Number number(other, error);
  return number.failed() ? MMT_FAILED : add_scaled(self, number.handle(), 1.0, out, error);
}

int32_t mmt_mul_scalar(mmt_tensor self, double other, mmt_tensor* out, char** error) {
  return with_number("aten::mul", "Tensor", self, other, out, error);
}

int32_t mmt_div_scalar(mmt_tensor self, double other, mmt_tensor* out, char** error) {
  return with_number("aten::div", "Tensor", self, other, out, error);
}

int32_t mmt_pow_scalar(mmt_tensor self, double other, mmt_tensor* out, char** error) {
  return with_number("aten::pow", "Tensor_Tensor", self, other, out, error);
}

int32_t mmt_clamp(mmt_tensor self, double low, double high, mmt_tensor* out, char** error) {
  Number bottom(low, error);
  Number top(high, error);
  if (bottom.failed() || top.failed()) {
    return MMT_FAILED;
  }
  return Call("aten::clamp", "Tensor", error).tensor(self).optional(bottom.tensor()).optional(top.tensor()).run(out);
}

int32_t mmt_lerp(mmt_tensor self, mmt_tensor end, double weight, mmt_tensor* out, char** error) {
  Owned number;
  return weight_of(self, weight, number.out(), error) == MMT_OK
             ? Call("aten::lerp", "Tensor", error).tensor(self).tensor(end).tensor(number.get()).run(out)
             : MMT_FAILED;
}

int32_t mmt_lerp_(mmt_tensor self, mmt_tensor end, double weight, char** error) {
  Owned number;
  Owned copy;
  mmt_tensor apart = 0;
  return require_in_place(self, &end, 1, "lerp_", error) == MMT_OK && weight_of(self, weight, number.out(), error) == MMT_OK &&
                 read_apart(self, end, &copy, &apart, error) == MMT_OK
             ? Call("aten::lerp_", "Tensor", error).tensor(self).tensor(apart).tensor(number.get()).run()
             : MMT_FAILED;
}

int32_t mmt_addcmul_(mmt_tensor self, mmt_tensor left, mmt_tensor right, char** error) {
  const int64_t length = 1;
  Owned one;
  Owned copies[2];
  mmt_tensor apart[2] = {left, right};
  if (require_in_place(self, apart, 2, "addProduct_", error) != MMT_OK ||
      mmt_full(&length, 1, 1.0, kFloat32, 0, -1, one.out(), error) != MMT_OK ||
      read_apart(self, left, &copies[0], &apart[0], error) != MMT_OK ||
      read_apart(self, right, &copies[1], &apart[1], error) != MMT_OK) {
    return MMT_FAILED;
  }
  return Call("aten::_foreach_addcmul_", "Tensor", error)
      .tensors(&self, 1)
      .tensors(&apart[0], 1)
      .tensors(&apart[1], 1)
      .tensor(one.get())
      .run_without_result();
}

int32_t mmt_mul_(mmt_tensor self, mmt_tensor other, char** error) {
  Owned copy;
  mmt_tensor apart = 0;
  return require_in_place(self, &other, 1, "mul_", error) == MMT_OK && read_apart(self, other, &copy, &apart, error) == MMT_OK
             ? Call("aten::mul_", "Tensor", error).tensor(self).tensor(apart).run()
             : MMT_FAILED;
}

int32_t mmt_fill_(mmt_tensor self, double value, char** error) {
  return require_in_place(self, nullptr, 0, "fill_", error) == MMT_OK && require_team(error) == MMT_OK
             ? checked(abi.aoti_torch_aten_fill__Scalar(reinterpret_cast<Tensor>(self), value), error)
             : MMT_FAILED;
}

int32_t mmt_gelu(mmt_tensor self, int32_t tanh_form, mmt_tensor* out, char** error) {
  return Call("aten::gelu", "", error).tensor(self).text(tanh_form != 0 ? "tanh" : "none").run(out);
}

int32_t mmt_where(mmt_tensor condition, mmt_tensor self, mmt_tensor other, mmt_tensor* out, char** error) {
  return Call("aten::where", "self", error).tensor(condition).tensor(self).tensor(other).run(out);
}

}  // extern "C"
