#include "winograd.h"

#include <algorithm>

#include "vectors.h"

namespace mmt {

#ifdef MMT_VECTORS

namespace {

// The points +-p and +-q.
constexpr float kP = 0.625F;
constexpr float kQ = 1.5F;
constexpr float kP2 = kP * kP;
constexpr float kQ2 = kQ * kQ;

constexpr int64_t kTile = 6;
constexpr int64_t kWeights = 9;

MMT_VECTORS inline __m512 number(float value) { return _mm512_set1_ps(value); }

// B' d of 6 vectors that lie `kStep` vectors apart.
template <int kStep>
MMT_VECTORS inline void transform_pixels(const __m512* d, __m512* t) {
  const __m512 d1 = d[kStep];
  const __m512 d2 = d[2 * kStep];
  const __m512 d3 = d[3 * kStep];
  const __m512 d4 = d[4 * kStep];
  const __m512 even_p = _mm512_fnmadd_ps(number(kQ2), d2, d4);
  const __m512 odd_p = _mm512_fnmadd_ps(number(kQ2), d1, d3);
  const __m512 even_q = _mm512_fnmadd_ps(number(kP2), d2, d4);
  const __m512 odd_q = _mm512_fnmadd_ps(number(kP2), d1, d3);
  t[0] = _mm512_fmadd_ps(number(kP2 * kQ2), d[0], _mm512_fnmadd_ps(number(kP2 + kQ2), d2, d4));
  t[kStep] = _mm512_fmadd_ps(number(kP), odd_p, even_p);
  t[2 * kStep] = _mm512_fnmadd_ps(number(kP), odd_p, even_p);
  t[3 * kStep] = _mm512_fmadd_ps(number(kQ), odd_q, even_q);
  t[4 * kStep] = _mm512_fnmadd_ps(number(kQ), odd_q, even_q);
  t[5 * kStep] = _mm512_fmadd_ps(number(kP2 * kQ2), d1, _mm512_fnmadd_ps(number(kP2 + kQ2), d3, d[5 * kStep]));
}

// G g of 3 vectors.
template <int kStep>
MMT_VECTORS inline void transform_weights(const __m512* g, __m512* t) {
  constexpr float of_p = 1 / (2 * kP2 * (kP2 - kQ2));
  constexpr float of_q = 1 / (2 * kQ2 * (kQ2 - kP2));
  const __m512 even_p = _mm512_mul_ps(number(of_p), _mm512_fmadd_ps(number(kP2), g[2 * kStep], g[0]));
  const __m512 even_q = _mm512_mul_ps(number(of_q), _mm512_fmadd_ps(number(kQ2), g[2 * kStep], g[0]));
  t[0] = _mm512_mul_ps(number(1 / (kP2 * kQ2)), g[0]);
  t[kStep] = _mm512_fmadd_ps(number(of_p * kP), g[kStep], even_p);
  t[2 * kStep] = _mm512_fnmadd_ps(number(of_p * kP), g[kStep], even_p);
  t[3 * kStep] = _mm512_fmadd_ps(number(of_q * kQ), g[kStep], even_q);
  t[4 * kStep] = _mm512_fnmadd_ps(number(of_q * kQ), g[kStep], even_q);
  t[5 * kStep] = g[2 * kStep];
}

// A' m of 6 vectors.
template <int kStep>
MMT_VECTORS inline void transform_sums(const __m512* m, __m512* y) {
  const __m512 even_p = _mm512_add_ps(m[kStep], m[2 * kStep]);
  const __m512 even_q = _mm512_add_ps(m[3 * kStep], m[4 * kStep]);
  const __m512 odd_p = _mm512_sub_ps(m[kStep], m[2 * kStep]);
  const __m512 odd_q = _mm512_sub_ps(m[3 * kStep], m[4 * kStep]);
  y[0] = _mm512_add_ps(m[0], _mm512_add_ps(even_p, even_q));
  y[kStep] = _mm512_fmadd_ps(number(kP), odd_p, _mm512_mul_ps(number(kQ), odd_q));
  y[2 * kStep] = _mm512_fmadd_ps(number(kP2), even_p, _mm512_mul_ps(number(kQ2), even_q));
  y[3 * kStep] = _mm512_fmadd_ps(number(kP2 * kP), odd_p, _mm512_fmadd_ps(number(kQ2 * kQ), odd_q, m[5 * kStep]));
}

}  // namespace

MMT_VECTORS void Winograd::transform_tiles(const float* images, int64_t first, int64_t count, int64_t room,
                                           float* block) const {
  const int64_t inputs = sizes_.inputs;
  for (int64_t i = 0; i < count; ++i) {
    const Place tile = at(first + i);
    // Where each pixel of the tile lies; beyond the image are zeros.
    const float* pixels[kNumbers];
    for (int64_t k = 0; k < kNumbers; ++k) {
      const int64_t row = tile.row - sizes_.padding + k / kTile;
      const int64_t column = tile.column - sizes_.padding + k % kTile;
      const bool inside = row >= 0 && row < sizes_.height && column >= 0 && column < sizes_.width;
      pixels[k] = inside ? images + ((tile.image * sizes_.height + row) * sizes_.width + column) * inputs : nullptr;
    }
    float* to = block + i * inputs;
    for (int64_t channel = 0; channel < inputs; channel += kLanes) {
      const __mmask16 own = lanes(inputs - channel);
      __m512 d[kNumbers];
      for (int64_t k = 0; k < kNumbers; ++k) {
        d[k] = pixels[k] == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(own, pixels[k] + channel);
      }
      for (int64_t column = 0; column < kTile; ++column) {
        transform_pixels<kTile>(d + column, d + column);
      }
      for (int64_t row = 0; row < kTile; ++row) {
        transform_pixels<1>(d + row * kTile, d + row * kTile);
      }
      for (int64_t k = 0; k < kNumbers; ++k) {
        _mm512_mask_storeu_ps(to + k * step(room * inputs) + channel, own, d[k]);
      }
    }
  }
}

MMT_VECTORS void Winograd::transform_filters(const float* filters, int64_t panel, float* transformed) const {
  const int64_t begin = panels_.column(panel);
  const int64_t width = panels_.column(panel + 1) - begin;
  const int64_t stride = sizes_.inputs * kWeights;
  for (int64_t output = 0; output < width; output += kLanes) {
    const int64_t count = std::min(kLanes, sizes_.outputs - begin - output);
    const float* rows = filters + (begin + output) * stride;
    for (int64_t input = 0; input < sizes_.inputs; input += kLanes) {
      const int64_t depth = std::min(kLanes, sizes_.inputs - input);
      __m512 columns[kLanes * kWeights];
      for (int64_t k = 0; k < kWeights; ++k) {
        for (int64_t i = 0; i < kLanes; ++i) {
          const float* row = rows + i * stride + input * kWeights + k * kLanes;
          columns[k * kLanes + i] =
              i < count ? _mm512_maskz_loadu_ps(lanes(depth * kWeights - k * kLanes), row) : _mm512_setzero_ps();
        }
        transpose_square(columns + k * kLanes);
      }
      for (int64_t i = 0; i < depth; ++i) {
        __m512 t[3 * kTile];
        __m512 u[kNumbers];
        for (int64_t column = 0; column < 3; ++column) {
          transform_weights<3>(columns + i * kWeights + column, t + column);
        }
        for (int64_t row = 0; row < kTile; ++row) {
          transform_weights<1>(t + row * 3, u + row * kTile);
        }
        for (int64_t k = 0; k < kNumbers; ++k) {
          _mm512_storeu_ps(transformed + k * step(sizes_.inputs * width) + (input + i) * width + output, u[k]);
        }
      }
    }
  }
}

void Winograd::multiply(const float* block, int64_t room, int64_t place, const float* transformed, int64_t panel,
                        const float* bias, const float* addend, int64_t first, int64_t count, float* products,
                        float* out) const {
  const int64_t inputs = sizes_.inputs;
  const int64_t width = panels_.column(panel + 1) - panels_.column(panel);
  const Panels one(inputs, width);
  for (int64_t k = 0; k < kNumbers; ++k) {
    one.multiply({block + k * step(room * inputs) + place * inputs, inputs}, count, transformed + k * step(inputs * width), 0,
                 {nullptr, 0}, false, products + k * step(count * width), width);
  }
  for (int64_t i = 0; i < count; ++i) {
    transform_products(products + i * width, step(count * width), panel, bias, addend, at(first + i), out);
  }
}

MMT_VECTORS void Winograd::transform_products(const float* products, int64_t step, int64_t panel, const float* bias,
                                              const float* addend, const Place& tile, float* out) const {
  const int64_t end = std::min(panels_.column(panel + 1), sizes_.outputs);
  const int64_t rows = std::min(kSide, sizes_.rows() - tile.row);
  const int64_t columns = std::min(kSide, sizes_.columns() - tile.column);
  const int64_t start = ((tile.image * sizes_.rows() + tile.row) * sizes_.columns() + tile.column) * sizes_.outputs;
  for (int64_t output = panels_.column(panel); output < end; output += kLanes, products += kLanes) {
    const __mmask16 own = lanes(end - output);
    const __m512 offset = bias == nullptr ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(own, bias + output);
    __m512 m[kNumbers];
    __m512 y[kSide * kTile];
    for (int64_t k = 0; k < kNumbers; ++k) {
      m[k] = _mm512_loadu_ps(products + k * step);
    }
    for (int64_t column = 0; column < kTile; ++column) {
      transform_sums<kTile>(m + column, y + column);
    }
    for (int64_t row = 0; row < rows; ++row) {
      __m512 pixels[kSide];
      transform_sums<1>(y + row * kTile, pixels);
      for (int64_t column = 0; column < columns; ++column) {
        const int64_t pixel = start + (row * sizes_.columns() + column) * sizes_.outputs + output;
        __m512 value = _mm512_add_ps(pixels[column], offset);
        if (addend != nullptr) {
          value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(own, addend + pixel));
        }
        _mm512_mask_storeu_ps(out + pixel, own, value);
      }
    }
  }
}

#else

void Winograd::transform_tiles(const float*, int64_t, int64_t, int64_t, float*) const {}

void Winograd::transform_filters(const float*, int64_t, float*) const {}

void Winograd::multiply(const float*, int64_t, int64_t, const float*, int64_t, const float*, const float*, int64_t,
                        int64_t, float*, float*) const {}

#endif

}  // namespace mmt
