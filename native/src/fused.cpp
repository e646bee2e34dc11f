// Steps of a transformer's block in one pass over memory each, where libtorch takes several: on the CPU, in float32 and bfloat16,
// without gradients. What does not fit (other types and devices, odd strides, gradients) is composed of libtorch's operators here, so that
// every argument gives the right number or libtorch's refusal.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "call.h"
#include "contract.h"
#include "failure.h"
#include "fused.h"
#include "rows.h"

using namespace mmt;

namespace {

// Modulations that go with tokens: [1 or N, 1 or T, D], with the elements of a row beside each other.
struct Modulation {
  Form form;
  const char* data = nullptr;

  bool read(mmt_tensor tensor, const Form& tokens) {
    return form.read(tensor) && form.for_kernels() && form.dtype == tokens.dtype && form.rank == 3 &&
           (form.sizes[0] == 1 || form.sizes[0] == tokens.sizes[0]) &&
           (form.sizes[1] == 1 || form.sizes[1] == tokens.sizes[1]) && form.sizes[2] == tokens.sizes[2] &&
           (form.sizes[2] == 1 || form.strides[2] == 1);
  }

  template <typename Element>
  const Element* row(int64_t sample, int64_t token) const {
    return reinterpret_cast<const Element*>(data) + (form.sizes[0] == 1 ? 0 : sample * form.strides[0]) +
           (form.sizes[1] == 1 ? 0 : token * form.strides[1]);
  }
};

template <typename Element>
int32_t modulate(const Form& tokens, const char* x, const Modulation& shift, const Modulation& scale, double eps, char* out,
                 char** error) {
  const int64_t length = tokens.sizes[1];
  const int64_t width = tokens.sizes[2];
  return in_parallel(
      tokens.sizes[0] * length, std::max<int64_t>(1, kGrain / width),
      [&](int64_t first, int64_t last) {
        std::vector<float> room(static_cast<size_t>(width));
        for (int64_t row = first; row < last; ++row) {
          const int64_t sample = row / length;
          const int64_t token = row % length;
          modulate_row(reinterpret_cast<const Element*>(x) + row * width, shift.row<Element>(sample, token),
                       scale.row<Element>(sample, token), static_cast<float>(eps), width, room.data(),
                       reinterpret_cast<Element*>(out) + row * width);
        }
      },
      error);
}

template <typename Element>
int32_t add_gated(const Form& tokens, const char* x, const Modulation& gate, const char* change, char* out, char** error) {
  const int64_t length = tokens.sizes[1];
  const int64_t width = tokens.sizes[2];
  return in_parallel(
      tokens.sizes[0] * length, std::max<int64_t>(1, kGrain / width),
      [&](int64_t first, int64_t last) {
        for (int64_t row = first; row < last; ++row) {
          const int64_t start = row * width;
          add_gated_row(reinterpret_cast<const Element*>(x) + start, gate.row<Element>(row / length, row % length),
                        reinterpret_cast<const Element*>(change) + start, width, reinterpret_cast<Element*>(out) + start);
        }
      },
      error);
}

int32_t composed_modulate(mmt_tensor input, mmt_tensor shift, mmt_tensor scale, double eps, mmt_tensor* out, char** error) {
  Form tokens;
  Form factors;
  Owned factor;
  if (!tokens.read(input) || tokens.rank < 1 || !factors.read(scale)) {
    return fail(error, "modulate needs tokens of at least 1 dimension, and a shift and a scale");
  }
  if (mmt_add_scalar(scale, 1, factor.out(), error) != MMT_OK) {
    return MMT_FAILED;
  }
  const int64_t width = tokens.sizes[tokens.rank - 1];
  Form offsets;
  bool one_row = factors.dtype == tokens.dtype && factors.elements() == width && offsets.read(shift) &&
                 offsets.dtype == tokens.dtype && offsets.elements() == width;
  if (one_row) {
    // A row for everybody is a layer norm with weights: one pass over the tokens instead of three, and one backwards.
    Owned weight;
    Owned bias;
    return mmt_reshape(factor.get(), &width, 1, weight.out(), error) == MMT_OK &&
                   mmt_reshape(shift, &width, 1, bias.out(), error) == MMT_OK &&
                   mmt_layer_norm(input, &width, 1, weight.get(), bias.get(), eps, out, error) == MMT_OK
               ? MMT_OK
               : MMT_FAILED;
  }
  Owned normal;
  Owned scaled;
  return mmt_layer_norm(input, &width, 1, 0, 0, eps, normal.out(), error) == MMT_OK &&
                 mmt_mul(normal.get(), factor.get(), scaled.out(), error) == MMT_OK &&
                 mmt_add(scaled.get(), shift, 1, out, error) == MMT_OK
             ? MMT_OK
             : MMT_FAILED;
}

}  // namespace

extern "C" {

int32_t mmt_modulate(mmt_tensor input, mmt_tensor shift, mmt_tensor scale, double eps, mmt_tensor* out, char** error) {
  Form tokens;
  Modulation offsets;
  Modulation factors;
  if (abi.aoti_torch_grad_mode_is_enabled() || !tokens.read(input) || !are_tokens(tokens) ||
      !offsets.read(shift, tokens) || !factors.read(scale, tokens)) {
    return composed_modulate(input, shift, scale, eps, out, error);
  }
  Fused call(error);
  const char* x = nullptr;
  Owned result;
  char* y = nullptr;
  if (call.read(input, &x) != MMT_OK || call.read(shift, &offsets.data) != MMT_OK ||
      call.read(scale, &factors.data) != MMT_OK ||
      call.make({tokens.sizes[0], tokens.sizes[1], tokens.sizes[2]}, tokens, &result, &y) != MMT_OK) {
    return MMT_FAILED;
  }
  return call.finish(tokens.dtype == kFloat32 ? modulate<float>(tokens, x, offsets, factors, eps, y, error)
                                              : modulate<Half>(tokens, x, offsets, factors, eps, y, error),
                     &result, out);
}

int32_t mmt_add_gated(mmt_tensor input, mmt_tensor gate, mmt_tensor change, mmt_tensor* out, char** error) {
  Form tokens;
  Form added;
  Modulation gates;
  if (abi.aoti_torch_grad_mode_is_enabled() || !tokens.read(input) || !are_tokens(tokens) || !added.read(change) ||
      !are_tokens(added) || added.dtype != tokens.dtype || !added.same_sizes(tokens) || !gates.read(gate, tokens)) {
    Owned gated;
    return mmt_mul(gate, change, gated.out(), error) == MMT_OK &&
                   mmt_add(input, gated.get(), 1, out, error) == MMT_OK
               ? MMT_OK
               : MMT_FAILED;
  }
  Fused call(error);
  const char* x = nullptr;
  const char* addend = nullptr;
  Owned result;
  char* y = nullptr;
  if (call.read(input, &x) != MMT_OK || call.read(change, &addend) != MMT_OK || call.read(gate, &gates.data) != MMT_OK ||
      call.make({tokens.sizes[0], tokens.sizes[1], tokens.sizes[2]}, tokens, &result, &y) != MMT_OK) {
    return MMT_FAILED;
  }
  return call.finish(tokens.dtype == kFloat32 ? add_gated<float>(tokens, x, gates, addend, y, error)
                                              : add_gated<Half>(tokens, x, gates, addend, y, error),
                     &result, out);
}

}  // extern "C"
