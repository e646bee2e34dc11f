#include "tiles.h"

#include <algorithm>

#include "vectors.h"

namespace mmt {

#ifdef MMT_VECTORS

namespace {

// out [kRows, width] = left [kRows, depth] * panel [depth, 16 * kVectors] + added.
template <int kRows, int kVectors>
MMT_VECTORS void tile(const Grid& left, const float* panel, int64_t depth, const Grid& added, int64_t width, float* out,
                      int64_t stride) {
  __m512 sums[kRows][kVectors];
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kVectors; ++j) {
      sums[i][j] = added.start == nullptr
                       ? _mm512_setzero_ps()
                       : _mm512_maskz_loadu_ps(lanes(width - j * kLanes), added.start + i * added.row + j * kLanes);
    }
  }
  const float* column = left.start;
  for (int64_t k = 0; k < depth; ++k, column += left.column) {
    __m512 row[kVectors];
    for (int j = 0; j < kVectors; ++j) {
      row[j] = _mm512_loadu_ps(panel + (k * kVectors + j) * kLanes);
    }
    for (int i = 0; i < kRows; ++i) {
      const __m512 factor = _mm512_set1_ps(column[i * left.row]);
      for (int j = 0; j < kVectors; ++j) {
        sums[i][j] = _mm512_fmadd_ps(factor, row[j], sums[i][j]);
      }
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kVectors; ++j) {
      _mm512_mask_storeu_ps(out + i * stride + j * kLanes, lanes(width - j * kLanes), sums[i][j]);
    }
  }
}

template <int kVectors>
MMT_VECTORS void panel_product(Grid left, int64_t rows, const float* panel, int64_t depth, Grid added, bool with_gelu,
                               int64_t width, float* out, int64_t stride) {
  while (rows > 0) {
    const int64_t count = rows >= 8 ? 8 : rows >= 4 ? 4 : 1;
    if (count == 8) {
      tile<8, kVectors>(left, panel, depth, added, width, out, stride);
    } else if (count == 4) {
      tile<4, kVectors>(left, panel, depth, added, width, out, stride);
    } else {
      tile<1, kVectors>(left, panel, depth, added, width, out, stride);
    }
    for (int64_t i = 0; with_gelu && i < count; ++i) {
      gelu(out + i * stride, width);
    }
    left.start += count * left.row;
    added.start = added.start == nullptr ? nullptr : added.start + count * added.row;
    out += count * stride;
    rows -= count;
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

// Some rows of all panels at a time, so that rows are read on as they lie.
MMT_VECTORS void Panels::copy(const float* rows, int64_t stride, int64_t first, int64_t last, float* panels) const {
  for (int64_t start = 0; start < depth_; start += kLanes) {
    for (int64_t panel = first; panel < last; ++panel) {
      const int64_t width = column(panel + 1) - column(panel);
      for (int64_t k = start; k < std::min(depth_, start + kLanes); ++k) {
        const int64_t from = column(panel);
        float* row = panels + from * depth_ + k * width;
        for (int64_t j = 0; j < width; j += kLanes) {
          _mm512_storeu_ps(row + j, _mm512_maskz_loadu_ps(lanes(columns_ - from - j), rows + k * stride + from + j));
        }
      }
    }
  }
}

MMT_VECTORS void Panels::transpose(const float* rows, int64_t stride, int64_t first, int64_t last, float* panels) const {
  for (int64_t panel = first; panel < last; ++panel) {
    const int64_t width = column(panel + 1) - column(panel);
    for (int64_t j = column(panel); j < column(panel + 1); j += kLanes) {
      float* to = panels + column(panel) * depth_ + j - column(panel);
      for (int64_t k = 0; k < depth_; k += kLanes) {
        __m512 square[kLanes];
        for (int64_t i = 0; i < kLanes; ++i) {
          square[i] = j + i < columns_ ? _mm512_maskz_loadu_ps(lanes(depth_ - k), rows + (j + i) * stride + k) : _mm512_setzero_ps();
        }
        transpose_square(square);
        for (int64_t i = 0; i < std::min(kLanes, depth_ - k); ++i) {
          _mm512_storeu_ps(to + (k + i) * width, square[i]);
        }
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

MMT_VECTORS void Panels::multiply(const Grid& left, int64_t rows, const float* panels, int64_t panel, const Grid& added,
                                  bool gelu, float* out, int64_t stride) const {
  const int64_t first = column(panel);
  const int64_t end = column(panel + 1);
  const int64_t width = std::min(end, columns_) - first;
  const float* start = panels + first * depth_;
  const Grid own{added.start == nullptr ? nullptr : added.start + first, added.row};
  switch ((end - first) / kLanes) {
    case 1:
      panel_product<1>(left, rows, start, depth_, own, gelu, width, out + first, stride);
      break;
    case 2:
      panel_product<2>(left, rows, start, depth_, own, gelu, width, out + first, stride);
      break;
    default:
      panel_product<3>(left, rows, start, depth_, own, gelu, width, out + first, stride);
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

void Panels::copy(const float*, int64_t, int64_t, int64_t, float*) const {}

void Panels::transpose(const float*, int64_t, int64_t, int64_t, float*) const {}

void Panels::restore(const float*, int64_t, int64_t, float*, int64_t) const {}

void Panels::multiply(const Grid&, int64_t, const float*, int64_t, const Grid&, bool, float*, int64_t) const {}

#endif

}  // namespace mmt
