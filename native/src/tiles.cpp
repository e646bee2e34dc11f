#include "tiles.h"

#include <algorithm>

#include "vectors.h"

namespace mmt {

#ifdef MMT_VECTORS

namespace {

// out [kRows, width] = left [kRows, depth] * panel [depth, 16 * kVectors] + bias [width].
template <int kRows, int kVectors>
MMT_VECTORS void tile(const float* left, int64_t left_stride, const float* panel, int64_t depth, const float* bias,
                      int64_t width, float* out, int64_t out_stride) {
  __m512 sums[kRows][kVectors];
  for (int j = 0; j < kVectors; ++j) {
    const __m512 first =
        bias == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(lanes(width - j * kLanes), bias + j * kLanes);
    for (int i = 0; i < kRows; ++i) {
      sums[i][j] = first;
    }
  }
  for (int64_t k = 0; k < depth; ++k) {
    __m512 row[kVectors];
    for (int j = 0; j < kVectors; ++j) {
      row[j] = _mm512_loadu_ps(panel + (k * kVectors + j) * kLanes);
    }
    for (int i = 0; i < kRows; ++i) {
      const __m512 factor = _mm512_set1_ps(left[i * left_stride + k]);
      for (int j = 0; j < kVectors; ++j) {
        sums[i][j] = _mm512_fmadd_ps(factor, row[j], sums[i][j]);
      }
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kVectors; ++j) {
      _mm512_mask_storeu_ps(out + i * out_stride + j * kLanes, lanes(width - j * kLanes), sums[i][j]);
    }
  }
}

template <int kVectors>
MMT_VECTORS void panel_product(const float* left, int64_t left_stride, int64_t rows, const float* panel, int64_t depth,
                               const float* bias, bool with_gelu, int64_t width, float* out, int64_t out_stride) {
  int64_t row = 0;
  while (row < rows) {
    const float* from = left + row * left_stride;
    float* to = out + row * out_stride;
    const int64_t count = rows - row >= 8 ? 8 : rows - row >= 4 ? 4 : 1;
    if (count == 8) {
      tile<8, kVectors>(from, left_stride, panel, depth, bias, width, to, out_stride);
    } else if (count == 4) {
      tile<4, kVectors>(from, left_stride, panel, depth, bias, width, to, out_stride);
    } else {
      tile<1, kVectors>(from, left_stride, panel, depth, bias, width, to, out_stride);
    }
    for (int64_t i = 0; with_gelu && i < count; ++i) {
      gelu(to + i * out_stride, width);
    }
    row += count;
  }
}

// e^x within 3e-7 of its value: 2^n * 2^r, where |r| <= 1/2 and 2^r is its series. Beyond +-87, where plain numbers end, the value there:
// processors are slow with others.
MMT_VECTORS inline __m512 exponential(__m512 x) {
  // The second operand is the result where one is NaN.
  x = _mm512_min_ps(_mm512_set1_ps(87), _mm512_max_ps(_mm512_set1_ps(-87), x));
  const __m512 power = _mm512_mul_ps(x, _mm512_set1_ps(1.44269504F));
  const __m512 whole = _mm512_roundscale_ps(power, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512 rest = _mm512_fmsub_ps(x, _mm512_set1_ps(1.44269504F), whole);
  __m512 sum = _mm512_set1_ps(1.54035304e-4F);
  for (float term : {1.33335581e-3F, 9.61812911e-3F, 5.55041087e-2F, 2.40226507e-1F, 6.93147181e-1F, 1.0F}) {
    sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(term));
  }
  return _mm512_scalef_ps(sum, whole);
}

}  // namespace

bool have_tiles() {
  static const bool have = __builtin_cpu_supports("avx512f");
  return have;
}

MMT_VECTORS void Panels::copy(const float* rows, int64_t stride, float* panels) const {
  for (int64_t panel = 0; panel < count_; ++panel) {
    for (int64_t k = 0; k < depth_; ++k) {
      for (int64_t j = column(panel); j < column(panel + 1); j += kLanes, panels += kLanes) {
        _mm512_storeu_ps(panels, _mm512_maskz_loadu_ps(lanes(columns_ - j), rows + k * stride + j));
      }
    }
  }
}

MMT_VECTORS void Panels::transpose(const float* rows, int64_t stride, int64_t first, int64_t last, float* panels) const {
  const __m512i lines = places(stride);
  panels += column(first) * depth_;
  for (int64_t panel = first; panel < last; ++panel) {
    for (int64_t k = 0; k < depth_; ++k) {
      for (int64_t j = column(panel); j < column(panel + 1); j += kLanes, panels += kLanes) {
        _mm512_storeu_ps(panels, _mm512_mask_i32gather_ps(_mm512_setzero_ps(), lanes(columns_ - j), lines,
                                                          rows + j * stride + k, sizeof(float)));
      }
    }
  }
}

void Panels::restore(const float* panels, int64_t first, int64_t last, float* rows, int64_t stride) const {
  for (int64_t panel = first; panel < last; ++panel) {
    const int64_t width = column(panel + 1) - column(panel);
    const float* start = panels + column(panel) * depth_;
    for (int64_t j = 0; j < std::min(width, columns_ - column(panel)); ++j) {
      for (int64_t k = 0; k < depth_; ++k) {
        rows[(column(panel) + j) * stride + k] = start[k * width + j];
      }
    }
  }
}

MMT_VECTORS void Panels::multiply(const float* left, int64_t left_stride, int64_t rows, const float* panels, int64_t panel,
                                  const float* bias, bool gelu, float* out, int64_t out_stride) const {
  const int64_t first = column(panel);
  const int64_t end = column(panel + 1);
  const int64_t width = std::min(end, columns_) - first;
  const float* start = panels + first * depth_;
  const float* offsets = bias == nullptr ? nullptr : bias + first;
  switch ((end - first) / kLanes) {
    case 1:
      panel_product<1>(left, left_stride, rows, start, depth_, offsets, gelu, width, out + first, out_stride);
      break;
    case 2:
      panel_product<2>(left, left_stride, rows, start, depth_, offsets, gelu, width, out + first, out_stride);
      break;
    default:
      panel_product<3>(left, left_stride, rows, start, depth_, offsets, gelu, width, out + first, out_stride);
  }
}

MMT_VECTORS float exponentials(float* x, float factor, int64_t width) {
  __m512 most = _mm512_set1_ps(x[0]);
  for (int64_t i = 0; i < width; i += kLanes) {
    most = _mm512_mask_max_ps(most, lanes(width - i), most, _mm512_maskz_loadu_ps(lanes(width - i), x + i));
  }
  const __m512 largest = _mm512_set1_ps(_mm512_reduce_max_ps(most));
  __m512 sums = _mm512_setzero_ps();
  for (int64_t i = 0; i < width; i += kLanes) {
    const __mmask16 own = lanes(width - i);
    const __m512 distance = _mm512_sub_ps(_mm512_maskz_loadu_ps(own, x + i), largest);
    const __m512 value = exponential(_mm512_mul_ps(distance, _mm512_set1_ps(factor)));
    _mm512_mask_storeu_ps(x + i, own, value);
    sums = _mm512_mask_add_ps(sums, own, sums, value);
  }
  return _mm512_reduce_add_ps(sums);
}

// x / 2 * (1 + tanh(u)) is x / (1 + e^-2u).
MMT_VECTORS void gelu(float* x, int64_t width) {
  const __m512 one = _mm512_set1_ps(1);
  for (int64_t i = 0; i < width; i += kLanes) {
    const __mmask16 own = lanes(width - i);
    const __m512 value = _mm512_maskz_loadu_ps(own, x + i);
    const __m512 cube = _mm512_fmadd_ps(_mm512_mul_ps(value, value), _mm512_set1_ps(-0.0713548162726F),
                                        _mm512_set1_ps(-1.5957691216057308F));
    const __m512 below = _mm512_add_ps(one, exponential(_mm512_mul_ps(value, cube)));
    const __m512 guess = _mm512_rcp14_ps(below);
    const __m512 share = _mm512_mul_ps(guess, _mm512_fnmadd_ps(below, guess, _mm512_set1_ps(2)));
    _mm512_mask_storeu_ps(x + i, own, _mm512_mul_ps(value, share));
  }
}

#else

bool have_tiles() { return false; }

float exponentials(float*, float, int64_t) { return 0; }

void gelu(float*, int64_t) {}

void Panels::copy(const float*, int64_t, float*) const {}

void Panels::transpose(const float*, int64_t, int64_t, int64_t, float*) const {}

void Panels::restore(const float*, int64_t, int64_t, float*, int64_t) const {}

void Panels::multiply(const float*, int64_t, int64_t, const float*, int64_t, const float*, bool, float*, int64_t) const {}

#endif

}  // namespace mmt
