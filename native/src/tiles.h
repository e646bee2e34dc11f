// Products of small matrices in float32, whose results stay in registers while they are added up: what attention is made of. They are for
// processors with vectors of 512 bits, and know nothing of tensors.
#pragma once

#include <cstdint>

namespace mmt {

// True where this processor has what the functions below are made of; without it none of them may be called.
bool have_tiles();

// Floats in a vector.
constexpr int64_t kLanes = 16;

// Vectors that lie beside each other in a panel, at most: 8 rows of them are 24 of the 32 registers.
constexpr int64_t kPanelVectors = 3;

// A matrix [depth, columns] cut into panels of nearly equal width, each row-major and filled up with zeros to whole vectors.
class Panels {
 public:
  Panels(int64_t depth, int64_t columns)
      : depth_(depth), vectors_((columns + kLanes - 1) / kLanes), count_((vectors_ + kPanelVectors - 1) / kPanelVectors) {}

  int64_t count() const { return count_; }
  // Floats in all panels.
  int64_t size() const { return depth_ * width(); }
  // Columns of all panels, with those that fill up.
  int64_t width() const { return vectors_ * kLanes; }
  // The first column of a panel; that of the one behind the last is width().
  int64_t column(int64_t panel) const { return vectors_ * panel / count_ * kLanes; }

  // Copies rows of at least `columns` floats that lie `stride` floats apart.
  void copy(const float* rows, int64_t stride, int64_t columns, float* panels) const;
  // Copies the transpose of `columns` rows of `depth` floats, at most 2^31 / 16 floats apart.
  void transpose(const float* rows, int64_t stride, int64_t columns, float* panels) const;

  // out [rows, width()] = left [rows, depth] * panels; the strides are the floats from a row to the next.
  void multiply(const float* left, int64_t left_stride, int64_t rows, const float* panels, float* out,
                int64_t out_stride) const;

 private:
  int64_t depth_;
  int64_t vectors_;
  int64_t count_;
};

}  // namespace mmt
