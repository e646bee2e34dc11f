// Kernels that walk rows of tokens once: what a transformer's block does between its products. They know nothing of tensors; who calls
// them has checked types, sizes and strides.
#pragma once

#include <cstdint>

namespace mmt {

// bfloat16, as the upper half of a float.
using Half = uint16_t;

// out = norm(x) * (1 + scale) + shift over `width` elements, in float32 throughout. `room` holds `width` floats.
void modulate_row(const float* x, const float* shift, const float* scale, float eps, int64_t width, float* room, float* out);
void modulate_row(const Half* x, const Half* shift, const Half* scale, float eps, int64_t width, float* room, Half* out);

// out = x + gate * change over `width` elements, rounded once.
void add_gated_row(const float* x, const float* gate, const float* change, int64_t width, float* out);
void add_gated_row(const Half* x, const Half* gate, const Half* change, int64_t width, Half* out);

// out = x * factor over `width` elements.
void scale_row(const float* x, float factor, int64_t width, float* out);
void scale_row(const Half* x, float factor, int64_t width, Half* out);

// bytes = round(x / scale) + zero over `width` elements, where scale is the largest magnitude over 127; a tie goes to the even one.
// Returns the scale: NaN or infinite where an element is, and 0 where all are below 1e-30, whose bytes are `zero` then.
float quantize_row(const float* x, int64_t width, int32_t zero, uint8_t* bytes);
float quantize_row(const Half* x, int64_t width, int32_t zero, uint8_t* bytes);

// out = sums * scale + bias over `width` elements, and the tanh form of GELU of it where `gelu` says so. No bias is null.
void finish_row(const float* sums, float scale, const float* bias, bool gelu, int64_t width, float* out);
void finish_row(const float* sums, float scale, const Half* bias, bool gelu, int64_t width, Half* out);

// The mean of each channel over pixels [count, channels], and the sum of the squares of what differs from it.
void moments_of_rows(const float* x, int64_t count, int64_t channels, float* means, float* squares);

// out = SiLU of x * scale + shift over pixels [count, channels], each channel by its own numbers.
void silu_rows(const float* x, const float* scale, const float* shift, int64_t count, int64_t channels, float* out);

}  // namespace mmt
