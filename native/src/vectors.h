// Vectors of 512 bits, for the files that compute with them. MMT_VECTORS is defined where the compiler has them, and stands before
// functions that use them.
#pragma once

#include <cstdint>

#include "tiles.h"

// Clang and mingw-w64 are left out as in rows.cpp; the latter does not align the stack for such vectors.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define MMT_VECTORS __attribute__((target("avx512f")))
// GCC 12 warns of its own placeholders in there.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop

namespace mmt {

// The first `count` places of a vector, or all.
MMT_VECTORS inline __mmask16 lanes(int64_t count) {
  return static_cast<__mmask16>(count >= kLanes ? 0xFFFF : count <= 0 ? 0 : (1 << count) - 1);
}

// A square of 16 rows becomes its transpose: within fours of rows and fours of columns first, then these change places.
MMT_VECTORS inline void transpose_square(__m512* square) {
  __m512 pairs[kLanes];
  for (int i = 0; i < 16; i += 2) {
    pairs[i] = _mm512_unpacklo_ps(square[i], square[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_ps(square[i], square[i + 1]);
  }
  __m512 fours[kLanes];
  for (int i = 0; i < 16; i += 4) {
    for (int half = 0; half < 2; ++half) {
      const __m512d above = _mm512_castps_pd(pairs[i + half]);
      const __m512d below = _mm512_castps_pd(pairs[i + 2 + half]);
      fours[i + 2 * half] = _mm512_castpd_ps(_mm512_unpacklo_pd(above, below));
      fours[i + 2 * half + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(above, below));
    }
  }
  constexpr int kEven = 0x88;
  constexpr int kOdd = 0xDD;
  for (int i = 0; i < 4; ++i) {
    const __m512 upper_even = _mm512_shuffle_f32x4(fours[i], fours[4 + i], kEven);
    const __m512 upper_odd = _mm512_shuffle_f32x4(fours[i], fours[4 + i], kOdd);
    const __m512 lower_even = _mm512_shuffle_f32x4(fours[8 + i], fours[12 + i], kEven);
    const __m512 lower_odd = _mm512_shuffle_f32x4(fours[8 + i], fours[12 + i], kOdd);
    square[i] = _mm512_shuffle_f32x4(upper_even, lower_even, kEven);
    square[4 + i] = _mm512_shuffle_f32x4(upper_odd, lower_odd, kEven);
    square[8 + i] = _mm512_shuffle_f32x4(upper_even, lower_even, kOdd);
    square[12 + i] = _mm512_shuffle_f32x4(upper_odd, lower_odd, kOdd);
  }
}

}  // namespace mmt
#endif
