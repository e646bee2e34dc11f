// Products of matrices in float32, tile by tile, whose sums stay in registers, and what is done to their rows: what linear maps and attention
// are made of. They are for processors with vectors of 512 bits, and know nothing of tensors.
#pragma once

#include <cstdint>

namespace mmt {

// True where this processor has what the functions below are made of; without it none of them may be called.
bool have_tiles();

// Floats in a vector.
constexpr int64_t kLanes = 16;

// Vectors that lie beside each other in a panel, at most: 8 rows of them are 24 of the 32 registers.
constexpr int64_t kPanelVectors = 3;

// A matrix that is read number by number: floats from a row to the next, and from a column to the next.
struct Grid {
  const float* start;
  int64_t row;
  int64_t column = 1;
};

// The form of a matrix [depth, columns] that is cut into panels of nearly equal width, each row-major and filled up with zeros to whole
// vectors.
class Panels {
 public:
  Panels(int64_t depth, int64_t columns)
      : depth_(depth),
        columns_(columns),
        vectors_((columns + kLanes - 1) / kLanes),
        count_((vectors_ + kPanelVectors - 1) / kPanelVectors) {}

  int64_t columns() const { return columns_; }
  int64_t count() const { return count_; }
  // Floats in all panels.
  int64_t size() const { return depth_ * width(); }
  // Columns of all panels, with those that fill up.
  int64_t width() const { return vectors_ * kLanes; }
  // The first column of a panel; that of the one behind the last is width().
  int64_t column(int64_t panel) const { return vectors_ * panel / count_ * kLanes; }

  // Copies some panels from the matrix, whose rows lie `stride` floats apart.
  void copy(const float* rows, int64_t stride, int64_t first, int64_t last, float* panels) const;
  // Copies some panels from the transpose [columns, depth], whose rows lie `stride` floats apart.
  void transpose(const float* rows, int64_t stride, int64_t first, int64_t last, float* panels) const;
  // The way back: some panels to the transpose.
  void restore(const float* panels, int64_t first, int64_t last, float* rows, int64_t stride) const;

  // out [rows, columns] = left [rows, depth] * panels + added, or its GELU, in the columns of one panel. Rows of `out` lie `stride` floats
  // apart. What is added is a row for all, where its own rows lie 0 floats apart, or rows, which may be those of `out`, or null.
  void multiply(const Grid& left, int64_t rows, const float* panels, int64_t panel, const Grid& added, bool gelu, float* out,
                int64_t stride) const;

 private:
  int64_t depth_;
  int64_t columns_;
  int64_t vectors_;
  int64_t count_;
};

// x = e^(factor * (x - m)) over `width` elements, where m is the largest of them and factor > 0. Returns their sum, which is NaN where an
// element is NaN or positively infinite.
float exponentials(float* x, float factor, int64_t width);

// x = the tanh form of GELU over `width` elements.
void gelu(float* x, int64_t width);

}  // namespace mmt
