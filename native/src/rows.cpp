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

MMT_INLINE uint32_t bits_of(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

MMT_INLINE float float_of(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// 1.5 * 2^23: added to a number below 2^22 it leaves the nearest integer in the low bits.
constexpr float kRounder = 12582912.0F;
constexpr uint32_t kRounderBits = 0x4B400000U;

template <typename Element>
MMT_INLINE float quantize(const Element* x, int64_t width, int32_t zero, uint8_t* bytes) {
  // As integers, magnitudes have the order of their values, with infinity and then NaN above all of them.
  uint32_t largest = 0;
#pragma omp simd reduction(max : largest)
  for (int64_t i = 0; i < width; ++i) {
    const uint32_t magnitude = bits_of(widen(x[i])) & 0x7fffffffU;
    largest = magnitude > largest ? magnitude : largest;
  }
  const float range = float_of(largest);
  const float inverse = range >= 1e-30F ? 127.0F / range : 0.0F;
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) {
    bytes[i] = static_cast<uint8_t>(bits_of(widen(x[i]) * inverse + kRounder) + static_cast<uint32_t>(zero));
  }
  return range < 1e-30F ? 0.0F : range / 127.0F;
}

// e^x within 1e-5 of its value; beyond +-87, where float ends, the value there.
MMT_INLINE float exponential(float x) {
  x = x < -87.0F ? -87.0F : x;
  x = x > 87.0F ? 87.0F : x;
  const float power = x * 1.44269504F;
  const float rounded = power + kRounder;
  const float rest = power - (rounded - kRounder);
  // 2^rest as its series, with |rest| <= 1/2.
  float sum = 1.54035304e-4F;
  sum = sum * rest + 1.33335581e-3F;
  sum = sum * rest + 9.61812911e-3F;
  sum = sum * rest + 5.55041087e-2F;
  sum = sum * rest + 2.40226507e-1F;
  sum = sum * rest + 6.93147181e-1F;
  sum = sum * rest + 1.0F;
  return sum * float_of((bits_of(rounded) - kRounderBits + 127U) << 23);
}

// x / 2 * (1 + tanh(u)) is x / (1 + e^-2u).
MMT_INLINE float gelu_tanh(float x) {
  const float u = 0.797884561F * (x + 0.044715F * x * x * x);
  return x / (1.0F + exponential(-2.0F * u));
}

template <bool kBiased, bool kGelu, typename Element>
MMT_INLINE void finish(const float* sums, float scale, const Element* bias, int64_t width, Element* out) {
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) {
    const float value = sums[i] * scale + (kBiased ? widen(bias[i]) : 0.0F);
    narrow(kGelu ? gelu_tanh(value) : value, out + i);
  }
}

template <typename Element>
MMT_INLINE void finish(const float* sums, float scale, const Element* bias, bool gelu, int64_t width, Element* out) {
  if (bias != nullptr && gelu) {
    finish<true, true>(sums, scale, bias, width, out);
  } else if (bias != nullptr) {
    finish<true, false>(sums, scale, bias, width, out);
  } else if (gelu) {
    finish<false, true>(sums, scale, bias, width, out);
  } else {
    finish<false, false>(sums, scale, bias, width, out);
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

MMT_VECTORISED void scale_row(const float* x, float factor, int64_t width, float* out) {
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) {
    out[i] = x[i] * factor;
  }
}

MMT_VECTORISED void scale_row(const Half* x, float factor, int64_t width, Half* out) {
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) {
    narrow(widen(x[i]) * factor, out + i);
  }
}

MMT_VECTORISED float quantize_row(const float* x, int64_t width, int32_t zero, uint8_t* bytes) {
  return quantize(x, width, zero, bytes);
}

MMT_VECTORISED float quantize_row(const Half* x, int64_t width, int32_t zero, uint8_t* bytes) {
  return quantize(x, width, zero, bytes);
}

MMT_VECTORISED void finish_row(const float* sums, float scale, const float* bias, bool gelu, int64_t width, float* out) {
  finish(sums, scale, bias, gelu, width, out);
}

MMT_VECTORISED void finish_row(const float* sums, float scale, const Half* bias, bool gelu, int64_t width, Half* out) {
  finish(sums, scale, bias, gelu, width, out);
}

MMT_VECTORISED void moments_of_rows(const float* x, int64_t count, int64_t channels, float* means, float* squares) {
  std::memset(means, 0, static_cast<size_t>(channels) * sizeof(float));
  std::memset(squares, 0, static_cast<size_t>(channels) * sizeof(float));
  for (int64_t pixel = 0; pixel < count; ++pixel) {
#pragma omp simd
    for (int64_t i = 0; i < channels; ++i) {
      means[i] += x[pixel * channels + i];
    }
  }
#pragma omp simd
  for (int64_t i = 0; i < channels; ++i) {
    means[i] /= static_cast<float>(count);
  }
  for (int64_t pixel = 0; pixel < count; ++pixel) {
#pragma omp simd
    for (int64_t i = 0; i < channels; ++i) {
      const float rest = x[pixel * channels + i] - means[i];
      squares[i] += rest * rest;
    }
  }
}

MMT_VECTORISED void silu_rows(const float* x, const float* scale, const float* shift, int64_t count, int64_t channels,
                              float* out) {
  for (int64_t pixel = 0; pixel < count; ++pixel) {
#pragma omp simd
    for (int64_t i = 0; i < channels; ++i) {
      const float value = x[pixel * channels + i] * scale[i] + shift[i];
      // Below -87 it is 0, to float's last digit.
      const float kept = value < -87.0F ? -87.0F : value;
      out[pixel * channels + i] = kept / (1.0F + exponential(-kept));
    }
  }
}

}  // namespace mmt
