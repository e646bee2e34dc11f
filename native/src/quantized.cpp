// Linear maps in eight bits. Weights are signed bytes with a scale per output, rows of the input unsigned bytes around 128 with a scale per
// row; oneDNN adds up their products in integers. It knows one scale for a whole input, so the rows' own ones, the bias and GELU are
// put on here, in one pass over what it gives.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "call.h"
#include "contract.h"
#include "failure.h"
#include "fused.h"
#include "linear.h"
#include "rows.h"

using namespace mmt;

namespace {

// The byte that stands for 0 in an input. Sums of 255 * 127 over kMostWidth products fit into 32 bits.
constexpr int32_t kMiddle = 128;

struct Quantized {
  Owned blocks;
  Owned scales;   // float32 [outputs]
  Owned offsets;  // int32 [outputs], zeros
  Owned unit;     // float32 [1], the input's scale as oneDNN sees it
  Owned middle;   // int32 [1], kMiddle
  int64_t outputs = 0;
  int64_t inputs = 0;
};

Tensor handle(const Owned& tensor) { return reinterpret_cast<Tensor>(tensor.get()); }

// Rows [count, width] as bytes.
template <typename Element>
int32_t quantize(const char* x, int64_t count, int64_t width, int32_t zero, float* scales, uint8_t* bytes, char** error) {
  return in_parallel(
      count, std::max<int64_t>(1, kGrain / width),
      [&](int64_t first, int64_t last) {
        for (int64_t row = first; row < last; ++row) {
          scales[row] = quantize_row(reinterpret_cast<const Element*>(x) + row * width, width, zero, bytes + row * width);
        }
      },
      error);
}

int32_t quantize(const Form& form, const char* x, int64_t width, int32_t zero, float* scales, uint8_t* bytes, char** error) {
  const int64_t count = form.elements() / width;
  return form.dtype == kFloat32 ? quantize<float>(x, count, width, zero, scales, bytes, error)
                                : quantize<Half>(x, count, width, zero, scales, bytes, error);
}

template <typename Element>
int32_t finish(const float* sums, const float* scales, const char* bias, bool gelu, int64_t count, int64_t width, char* out,
               char** error) {
  return in_parallel(
      count, std::max<int64_t>(1, kGrain / width),
      [&](int64_t first, int64_t last) {
        for (int64_t row = first; row < last; ++row) {
          finish_row(sums + row * width, scales[row], reinterpret_cast<const Element*>(bias), gelu, width,
                     reinterpret_cast<Element*>(out) + row * width);
        }
      },
      error);
}

int32_t filled(int64_t count, double value, int32_t dtype, Owned* out, char** error) {
  return mmt_full(&count, 1, value, dtype, kCpu, -1, out->out(), error);
}

// A row-major matrix that mmt_quantize takes.
bool is_matrix(mmt_tensor weight, Form* form) {
  return form->read(weight) && form->for_kernels() && form->rank == 2 && form->sizes[1] <= kMostWidth && form->contiguous();
}

int32_t make(const Form& form, mmt_tensor weight, Quantized* matrix, char** error) {
  matrix->outputs = form.sizes[0];
  matrix->inputs = form.sizes[1];
  Fused call(error);
  const char* values = nullptr;
  Owned bytes;
  uint8_t* integers = nullptr;
  float* scales = nullptr;
  Form integral = form;
  integral.dtype = kInt8;
  Form single = form;
  single.dtype = kFloat32;
  if (call.read(weight, &values) != MMT_OK ||
      call.make({matrix->outputs, matrix->inputs}, integral, &bytes, &integers) != MMT_OK ||
      call.make({matrix->outputs}, single, &matrix->scales, &scales) != MMT_OK ||
      call.finish(quantize(form, values, matrix->inputs, 0, scales, integers, error)) != MMT_OK) {
    return MMT_FAILED;
  }
  return filled(matrix->outputs, 0, kInt32, &matrix->offsets, error) == MMT_OK &&
                 filled(1, 1, kFloat32, &matrix->unit, error) == MMT_OK &&
                 filled(1, kMiddle, kInt32, &matrix->middle, error) == MMT_OK &&
                 Call("onednn::qlinear_prepack", "", error).tensor(bytes.get()).none().run(matrix->blocks.out()) == MMT_OK
             ? MMT_OK
             : MMT_FAILED;
}

// The sums of products of bytes, each by its output's scale: float32 [count, outputs].
int32_t multiply(const Owned& bytes, int64_t count, const Quantized& matrix, Owned* sums, char** error) {
  const int32_t dtype = kFloat32;
  Tensor result = nullptr;
  if (checked(abi.aoti_torch_cpu__qlinear_pointwise_tensor(handle(bytes), handle(matrix.unit), handle(matrix.middle),
                                                           handle(matrix.blocks), handle(matrix.scales),
                                                           handle(matrix.offsets), nullptr, 1, 0, &dtype, "none", nullptr, 0,
                                                           "", &result),
              error) != MMT_OK) {
    return MMT_FAILED;
  }
  *sums->out() = reinterpret_cast<mmt_tensor>(result);
  Form form;
  const bool expected = form.read(sums->get()) && form.dtype == kFloat32 && form.device_type == kCpu && form.rank == 2 &&
                        form.sizes[0] == count && form.sizes[1] == matrix.outputs && form.contiguous();
  return expected ? MMT_OK : fail(error, "the product of bytes is not laid out as [rows, outputs] in float32");
}

// `input` is row-major [..., inputs], of a type that the kernels know.
int32_t linear(const Form& form, mmt_tensor input, const Quantized& matrix, mmt_tensor bias, bool gelu, mmt_tensor* out,
               char** error) {
  const int64_t count = form.elements() / matrix.inputs;
  std::vector<int64_t> sizes(form.sizes, form.sizes + form.rank);
  sizes.back() = matrix.outputs;
  Fused call(error);
  const char* x = nullptr;
  const char* offsets = nullptr;
  std::vector<float> scales(static_cast<size_t>(count));
  Owned bytes;
  uint8_t* integers = nullptr;
  Form integral = form;
  integral.dtype = kUint8;
  if (call.read(input, &x) != MMT_OK || (bias != 0 && call.read(bias, &offsets) != MMT_OK) ||
      call.make({count, matrix.inputs}, integral, &bytes, &integers) != MMT_OK ||
      quantize(form, x, matrix.inputs, kMiddle, scales.data(), integers, error) != MMT_OK) {
    return MMT_FAILED;
  }
  Owned sums;
  float* raw = nullptr;
  if (multiply(bytes, count, matrix, &sums, error) != MMT_OK || call.read(sums.get(), &raw) != MMT_OK) {
    return MMT_FAILED;
  }
  Owned result;
  if (form.dtype == kFloat32) {
    return call.finish(finish<float>(raw, scales.data(), offsets, gelu, count, matrix.outputs, reinterpret_cast<char*>(raw),
                                     error)) == MMT_OK
               ? mmt_reshape(sums.get(), sizes.data(), form.rank, out, error)
               : MMT_FAILED;
  }
  char* y = nullptr;
  if (mmt_empty(sizes.data(), form.rank, form.dtype, form.device_type, form.device_index, result.out(), error) != MMT_OK ||
      call.read(result.get(), &y) != MMT_OK) {
    return MMT_FAILED;
  }
  return call.finish(finish<Half>(raw, scales.data(), offsets, gelu, count, matrix.outputs, y, error), &result, out);
}

// A product at the ends of the range. Adjacent pairs of 255 * 127 lie beyond 16 bits, where x86 without VNNI cuts them.
int32_t try_out(char** error) {
  if (abi.aoti_torch_cpu__qlinear_pointwise_tensor == nullptr) {
    return absent(error, "aoti_torch_cpu__qlinear_pointwise_tensor");
  }
  const int64_t count = 16;
  const int64_t inputs = 128;
  const int64_t outputs = 32;
  const int64_t shape[] = {count, inputs};
  const int64_t sides[] = {outputs, inputs};
  Owned ones;
  Owned weight;
  Owned result;
  Form input;
  Form form;
  Quantized matrix;
  float* values = nullptr;
  if (mmt_full(shape, 2, 1, kFloat32, kCpu, -1, ones.out(), error) != MMT_OK ||
      mmt_full(sides, 2, 1, kFloat32, kCpu, -1, weight.out(), error) != MMT_OK || !is_matrix(weight.get(), &form) ||
      make(form, weight.get(), &matrix, error) != MMT_OK || !input.read(ones.get()) ||
      linear(input, ones.get(), matrix, 0, false, result.out(), error) != MMT_OK ||
      Fused(error).read(result.get(), &values) != MMT_OK) {
    return MMT_FAILED;
  }
  const auto exact = static_cast<float>(inputs);
  for (int64_t i = 0; i < count * outputs; ++i) {
    if (!(std::fabs(values[i] - exact) < 1e-3F * exact)) {
      return fail(error, "products of bytes are cut on this processor, which lacks the instructions for them (VNNI)");
    }
  }
  return MMT_OK;
}

}  // namespace

extern "C" {

int32_t mmt_quantized_check(char** error) {
  if (!abi.bound) {
    return fail(error, "no libtorch is bound");
  }
  static const std::string* const reason = [] {
    char* text = nullptr;
    const int32_t status = try_out(&text);
    auto* found = new std::string(text == nullptr ? "" : text);
    mmt_free_text(text);
    return status == MMT_OK ? nullptr : found;
  }();
  return reason == nullptr ? MMT_OK : fail(error, "%s", reason->c_str());
}

int32_t mmt_quantize(mmt_tensor weight, mmt_quantized* out, char** error) {
  Form form;
  if (!is_matrix(weight, &form)) {
    return fail(error, "only a row-major matrix of float32 or bfloat16 in main memory, at most %lld wide, can be quantized",
                static_cast<long long>(kMostWidth));
  }
  auto matrix = std::unique_ptr<Quantized>(new Quantized);
  if (mmt_quantized_check(error) != MMT_OK || make(form, weight, matrix.get(), error) != MMT_OK) {
    return MMT_FAILED;
  }
  page_out(weight);
  *out = reinterpret_cast<mmt_quantized>(matrix.release());
  return MMT_OK;
}

void mmt_quantized_free(mmt_quantized matrix) { delete reinterpret_cast<Quantized*>(matrix); }

int32_t mmt_quantized_linear(mmt_tensor input, mmt_quantized quantized, mmt_tensor bias, int32_t gelu, mmt_tensor* out,
                             char** error) {
  if (quantized == 0) {
    return fail(error, "the quantized matrix is closed");
  }
  const auto* matrix = reinterpret_cast<Quantized*>(quantized);
  Form form;
  if (!form.read(input) || !are_rows(input, form.dtype, matrix->inputs) || !is_bias(bias, form.dtype, matrix->outputs)) {
    *out = 0;
    return MMT_OK;
  }
  if (form.contiguous()) {
    return linear(form, input, *matrix, bias, gelu != 0, out, error);
  }
  Owned plain;
  return mmt_contiguous(input, 0, plain.out(), error) == MMT_OK && form.read(plain.get())
             ? linear(form, plain.get(), *matrix, bias, gelu != 0, out, error)
             : MMT_FAILED;
}

}  // extern "C"
