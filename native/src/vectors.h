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

// The places of a vector, 0 to 15.
MMT_VECTORS inline __m512i places() { return _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }

}  // namespace mmt
#endif
