#include "tiles.h"

// Clang and mingw-w64 are left out as in rows.cpp; the latter does not align the stack for such vectors.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define MMT_TILES __attribute__((target("avx512f")))
#include <immintrin.h>
#else
#define MMT_TILES
#endif

#include <algorithm>

namespace mmt {

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)

namespace {

constexpr int kTileRows = 8;

// out [kRows, 16 * kVectors] = left [kRows, depth] * panel [depth, 16 * kVectors].
template <int kRows, int kVectors>
MMT_TILES void tile(const float* left, int64_t left_stride, const float* panel, int64_t depth, float* out,
                    int64_t out_stride) {
  __m512 sums[kRows][kVectors];
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kVectors; ++j) {
      sums[i][j] = _mm512_setzero_ps();
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
      _mm512_storeu_ps(out + i * out_stride + j * kLanes, sums[i][j]);
    }
  }
}

template <int kVectors>
MMT_TILES void panel_product(const float* left, int64_t left_stride, int64_t rows, const float* panel, int64_t depth,
                             float* out, int64_t out_stride) {
  int64_t row = 0;
  for (; row + kTileRows <= rows; row += kTileRows) {
    tile<kTileRows, kVectors>(left + row * left_stride, left_stride, panel, depth, out + row * out_stride, out_stride);
  }
  for (; row < rows; ++row) {
    tile<1, kVectors>(left + row * left_stride, left_stride, panel, depth, out + row * out_stride, out_stride);
  }
}

MMT_TILES __mmask16 lanes(int64_t count) {
  return static_cast<__mmask16>(count >= kLanes ? 0xFFFF : count <= 0 ? 0 : (1 << count) - 1);
}

}  // namespace

bool have_tiles() {
  static const bool have = __builtin_cpu_supports("avx512f");
  return have;
}

MMT_TILES void Panels::copy(const float* rows, int64_t stride, int64_t columns, float* panels) const {
  for (int64_t panel = 0; panel < count_; ++panel) {
    for (int64_t k = 0; k < depth_; ++k) {
      for (int64_t j = column(panel); j < column(panel + 1); j += kLanes, panels += kLanes) {
        _mm512_storeu_ps(panels, _mm512_maskz_loadu_ps(lanes(columns - j), rows + k * stride + j));
      }
    }
  }
}

MMT_TILES void Panels::transpose(const float* rows, int64_t stride, int64_t columns, float* panels) const {
  const __m512i places = _mm512_mullo_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                                            _mm512_set1_epi32(static_cast<int>(stride)));
  for (int64_t panel = 0; panel < count_; ++panel) {
    for (int64_t k = 0; k < depth_; ++k) {
      for (int64_t j = column(panel); j < column(panel + 1); j += kLanes, panels += kLanes) {
        _mm512_storeu_ps(panels, _mm512_mask_i32gather_ps(_mm512_setzero_ps(), lanes(columns - j), places,
                                                          rows + j * stride + k, sizeof(float)));
      }
    }
  }
}

MMT_TILES void Panels::multiply(const float* left, int64_t left_stride, int64_t rows, const float* panels, float* out,
                                int64_t out_stride) const {
  for (int64_t panel = 0; panel < count_; ++panel) {
    const int64_t first = column(panel);
    switch ((column(panel + 1) - first) / kLanes) {
      case 1:
        panel_product<1>(left, left_stride, rows, panels + first * depth_, depth_, out + first, out_stride);
        break;
      case 2:
        panel_product<2>(left, left_stride, rows, panels + first * depth_, depth_, out + first, out_stride);
        break;
      default:
        panel_product<3>(left, left_stride, rows, panels + first * depth_, depth_, out + first, out_stride);
    }
  }
}

#else

bool have_tiles() { return false; }

void Panels::copy(const float*, int64_t, int64_t, float*) const {}

void Panels::transpose(const float*, int64_t, int64_t, float*) const {}

void Panels::multiply(const float*, int64_t, int64_t, const float*, float*, int64_t) const {}

#endif

}  // namespace mmt
