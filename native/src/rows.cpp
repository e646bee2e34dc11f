#include "rows.h"

#include <cmath>
#include <cstring>

// One copy for each kind of vector unit; the loader takes the best that the processor has. Sanitizers start later than that choice.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define MMT_VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MMT_VECTORISED
#endif
#define MMT_INLINE inline __attribute__((always_inline))

namespace mmt {

namespace {

MMT_INLINE float widen(float value) { return value; }

MMT_INLINE float widen(Half value) {
  uint32_t bits = static_cast<uint32_t>(value) << 16;
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

MMT_INLINE void narrow(float value, float* out) { *out = value; }

// Rounds to the nearest, ties to even; NaN stays NaN.
MMT_INLINE void narrow(float value, Half* out) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  uint32_t rounded = (bits + 0x7fffU + (bits >> 16 & 1U)) >> 16;
  uint32_t quiet = bits >> 16 | 0x40U;
  *out = static_cast<Half>((bits & 0x7fffffffU) > 0x7f800000U ? quiet : rounded);
}

template <typename Element>
MMT_INLINE void modulate(const Element* x, const Element* shift, const Element* scale, float eps, int64_t width,
                         float* room, Element* out) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < width; ++i) {
    room[i] = widen(x[i]);
    sum += room[i];
  }
  const float mean = sum / static_cast<float>(width);
  float squares = 0;
#pragma omp simd reduction(+ : squares)
  for (int64_t i = 0; i < width; ++i) {
    room[i] -= mean;
    squares += room[i] * room[i];
  }
  const float factor = 1.0F / std::sqrt(squares / static_cast<float>(width) + eps);
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) {
    narrow(room[i] * factor * (1.0F + widen(scale[i])) + widen(shift[i]), out + i);
  }
}

template <typename Element>
MMT_INLINE void add_gated(const Element* x, const Element* gate, const Element* change, int64_t width, Element* out) {
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) {
    narrow(widen(x[i]) + widen(gate[i]) * widen(change[i]), out + i);
  }
}

}  // namespace

MMT_VECTORISED void modulate_row(const float* x, const float* shift, const float* scale, float eps, int64_t width,
                                 float* room, float* out) {
  modulate(x, shift, scale, eps, width, room, out);
}

MMT_VECTORISED void modulate_row(const Half* x, const Half* shift, const Half* scale, float eps, int64_t width,
                                 float* room, Half* out) {
  modulate(x, shift, scale, eps, width, room, out);
}

MMT_VECTORISED void add_gated_row(const float* x, const float* gate, const float* change, int64_t width, float* out) {
  add_gated(x, gate, change, width, out);
}

MMT_VECTORISED void add_gated_row(const Half* x, const Half* gate, const Half* change, int64_t width, Half* out) {
  add_gated(x, gate, change, width, out);
}

MMT_VECTORISED void scale_row(const Half* x, float factor, int64_t width, Half* out) {
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) {
    narrow(widen(x[i]) * factor, out + i);
  }
}

}  // namespace mmt
