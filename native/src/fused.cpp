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

// Tokens [N, T, D], row-major, in a type that the kernels know.
bool are_tokens(const Form& form) {
  return form.for_kernels() && form.rank == 3 && form.contiguous() && form.sizes[2] <= kMostWidth;
}

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

// The queries, divided by the square root of their width, the keys and the values of packed tokens [N, T, 3 * heads * d], each as
// [N, heads, T, d]: oneDNN's products of matrices in batches copy what is not laid out so, slowly.
int32_t split_heads(const Form& packed, mmt_tensor tokens, int64_t heads, Owned parts[3], char** error) {
  const int64_t length = packed.sizes[1];
  const int64_t width = packed.sizes[2] / 3;
  const int64_t each = width / heads;
  const auto factor = static_cast<float>(1 / std::sqrt(static_cast<double>(each)));
  Fused call(error);
  const Half* x = nullptr;
  Half* queries = nullptr;
  Half* keys = nullptr;
  Half* values = nullptr;
  const std::initializer_list<int64_t> sizes = {packed.sizes[0], heads, length, each};
  if (call.read(tokens, &x) != MMT_OK || call.make(sizes, packed, &parts[0], &queries) != MMT_OK ||
      call.make(sizes, packed, &parts[1], &keys) != MMT_OK || call.make(sizes, packed, &parts[2], &values) != MMT_OK) {
    return MMT_FAILED;
  }
  const auto bytes = static_cast<size_t>(each) * sizeof(Half);
  return call.finish(in_parallel(
      packed.sizes[0] * length, std::max<int64_t>(1, kGrain / packed.sizes[2]),
      [&](int64_t first, int64_t last) {
        for (int64_t row = first; row < last; ++row) {
          for (int64_t head = 0; head < heads; ++head) {
            const Half* token = x + row * 3 * width + head * each;
            const int64_t place = ((row / length * heads + head) * length + row % length) * each;
            scale_row(token, factor, each, queries + place);
            std::memcpy(keys + place, token + width, bytes);
            std::memcpy(values + place, token + 2 * width, bytes);
          }
        }
      },
      error));
}

// Tokens [N, T, heads * d] from heads [N, heads, T, d], row-major.
int32_t merge_heads(mmt_tensor mixed, mmt_tensor* out, char** error) {
  Form form;
  if (!form.read(mixed) || form.rank != 4 || form.dtype != kBfloat16 || !form.contiguous()) {
    return fail(error, "the product of attention is not laid out as [N, heads, T, width]");
  }
  const int64_t heads = form.sizes[1];
  const int64_t length = form.sizes[2];
  const int64_t each = form.sizes[3];
  Fused call(error);
  const Half* x = nullptr;
  Owned merged;
  Half* y = nullptr;
  if (call.read(mixed, &x) != MMT_OK || call.make({form.sizes[0], length, heads * each}, form, &merged, &y) != MMT_OK) {
    return MMT_FAILED;
  }
  int32_t status = in_parallel(
      form.sizes[0] * length, std::max<int64_t>(1, kGrain / (heads * each)),
      [&](int64_t first, int64_t last) {
        for (int64_t row = first; row < last; ++row) {
          for (int64_t head = 0; head < heads; ++head) {
            const int64_t place = ((row / length * heads + head) * length + row % length) * each;
            std::memcpy(y + (row * heads + head) * each, x + place, static_cast<size_t>(each) * sizeof(Half));
          }
        }
      },
      error);
  return call.finish(status, &merged, out);
}

// softmax(query * key^T) * value of scaled queries, as two products. libtorch's fused kernel for the CPU is an order of magnitude
// slower in bfloat16.
int32_t attend_by_products(mmt_tensor query, mmt_tensor key, mmt_tensor value, mmt_tensor* out, char** error) {
  Owned columns;
  Owned scores;
  Owned shares;
  return mmt_transpose(key, -2, -1, columns.out(), error) == MMT_OK &&
                 mmt_matmul(query, columns.get(), scores.out(), error) == MMT_OK &&
                 mmt_softmax(scores.get(), -1, shares.out(), error) == MMT_OK &&
                 mmt_matmul(shares.get(), value, out, error) == MMT_OK
             ? MMT_OK
             : MMT_FAILED;
}

int32_t composed_self_attention(const Form& packed, mmt_tensor tokens, int64_t heads, mmt_tensor* out, char** error) {
  const int64_t width = packed.sizes[2] / 3;
  const int64_t apart[] = {packed.sizes[0], packed.sizes[1], 3, heads, width / heads};
  const int64_t order[] = {2, 0, 3, 1, 4};
  const int64_t together[] = {packed.sizes[0], packed.sizes[1], width};
  Owned views;
  Owned ordered;
  Owned parts[3];
  if (mmt_reshape(tokens, apart, 5, views.out(), error) != MMT_OK ||
      mmt_permute(views.get(), order, 5, ordered.out(), error) != MMT_OK) {
    return MMT_FAILED;
  }
  for (int i = 0; i < 3; ++i) {
    if (mmt_select(ordered.get(), 0, i, parts[i].out(), error) != MMT_OK) {
      return MMT_FAILED;
    }
  }
  Owned mixed;
  Owned rows;
  return mmt_attention(parts[0].get(), parts[1].get(), parts[2].get(), 0, NAN, mixed.out(), error) == MMT_OK &&
                 mmt_transpose(mixed.get(), 1, 2, rows.out(), error) == MMT_OK &&
                 mmt_reshape(rows.get(), together, 3, out, error) == MMT_OK
             ? MMT_OK
             : MMT_FAILED;
}

// libtorch's kernel takes the number of tokens from the values, and reads keys that are fewer past their end.
int32_t require_pairs(mmt_tensor key, mmt_tensor value, char** error) {
  Form keys;
  Form values;
  if (!keys.read(key) || !values.read(value) || keys.rank < 2 || values.rank < 2) {
    return fail(error, "attention needs keys and values [..., T, width]");
  }
  int64_t count = keys.sizes[keys.rank - 2];
  if (count != values.sizes[values.rank - 2]) {
    return fail(error, "attention over %lld keys and %lld values; each key needs one value", static_cast<long long>(count),
                static_cast<long long>(values.sizes[values.rank - 2]));
  }
  return MMT_OK;
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

int32_t mmt_attention(mmt_tensor query, mmt_tensor key, mmt_tensor value, mmt_tensor mask, double scale,
                      mmt_tensor* out, char** error) {
  Form form;
  if (require_pairs(key, value, error) != MMT_OK) {
    return MMT_FAILED;
  }
  if (mask == 0 && std::isnan(scale) && form.read(query) && form.device_type == kCpu && form.dtype == kBfloat16 &&
      form.rank >= 2 && form.sizes[form.rank - 1] > 0) {
    Owned scaled;
    const double factor = 1 / std::sqrt(static_cast<double>(form.sizes[form.rank - 1]));
    return mmt_mul_scalar(query, factor, scaled.out(), error) == MMT_OK
               ? attend_by_products(scaled.get(), key, value, out, error)
               : MMT_FAILED;
  }
  Call call("aten::scaled_dot_product_attention", "", error);
  call.tensor(query).tensor(key).tensor(value).optional(mask).real(0.0).flag(false);
  if (std::isnan(scale)) {
    call.none();
  } else {
    call.optional_real(scale);
  }
  return call.flag(false).run(out);
}

int32_t mmt_self_attention(mmt_tensor packed, int64_t heads, mmt_tensor* out, char** error) {
  Form form;
  if (!form.read(packed) || form.rank != 3 || heads < 1 || heads > kMostWidth || form.sizes[2] % (3 * heads) != 0) {
    return fail(error, "self-attention of %lld heads needs tokens [N, T, 3 * heads * width]", static_cast<long long>(heads));
  }
  if (abi.aoti_torch_grad_mode_is_enabled() || !are_tokens(form) || form.dtype != kBfloat16) {
    return composed_self_attention(form, packed, heads, out, error);
  }
  Owned parts[3];
  Owned mixed;
  return split_heads(form, packed, heads, parts, error) == MMT_OK &&
                 attend_by_products(parts[0].get(), parts[1].get(), parts[2].get(), mixed.out(), error) == MMT_OK &&
                 merge_heads(mixed.get(), out, error) == MMT_OK
             ? MMT_OK
             : MMT_FAILED;
}

}  // extern "C"
