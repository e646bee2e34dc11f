// The BLAS function by which libtorch multiplies matrices in float32, most of a training step. MKL gives processors of AMD a kernel for
// vectors of 256 bits; where they have 512, the tiles of this layer take 0.8 to 0.95 of its time. All else goes to MKL, whose other
// functions libtorch finds behind this library.
#include <omp.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "../src/tiles.h"

using namespace mmt;

// MKL's other name for the same function.
extern "C" void sgemm(const char* left_form, const char* right_form, const int* rows, const int* columns, const int* depth,
                      const float* alpha, const float* left, const int* left_stride, const float* right,
                      const int* right_stride, const float* beta, float* out, const int* out_stride);

namespace {

// What is multiplied at a time: a panel of this depth and this many rows lie in the second cache together, 0.6 MB.
constexpr int64_t kDepth = 512;
constexpr int64_t kRows = 240;

// Columns whose panels are laid out at a time, 3 MB.
constexpr int64_t kColumns = 1536;

// Rows of a matrix that is read as it lies, for which a panel stays in the first caches.
constexpr int64_t kStripRows = 48;

// Multiplications and rows below which laying out panels costs more than the tiles save, and multiplications that are worth a thread.
constexpr int64_t kLeastWork = 1 << 20;
constexpr int64_t kLeastRows = 64;

// Lays out some panels of a matrix whose rows, or columns, lie side by side in memory.
void lay_out(const Panels& form, const Grid& matrix, float* panels) {
  if (matrix.column == 1) {
    form.copy(matrix.start, matrix.row, 0, form.count(), panels);
  } else {
    form.transpose(matrix.start, matrix.column, 0, form.count(), panels);
  }
}

// The part of a matrix from a certain place on.
Grid from(const Grid& matrix, int64_t row, int64_t column) {
  return {matrix.start + row * matrix.row + column * matrix.column, matrix.row, matrix.column};
}

Grid transposed(const Grid& matrix) { return {matrix.start, matrix.column, matrix.row}; }

// out [rows, columns] = left [rows, depth] * right [depth, columns], or that added to it.
struct Product {
  int64_t rows;
  int64_t columns;
  int64_t depth;
  Grid left;
  Grid right;
  bool adds;
  float* out;
  int64_t stride;

  // The floats that it lays out panels in.
  int64_t room() const { return panels_room() + Panels(std::min(depth, kDepth), std::min(rows, kRows)).size(); }

  void run(float* room) const {
    for (int64_t column = 0; column < columns; column += kColumns) {
      for (int64_t k = 0; k < depth; k += kDepth) {
        const Panels panels(std::min(kDepth, depth - k), std::min(kColumns, columns - column));
        lay_out(panels, from(right, k, column), room);
        for (int64_t row = 0; row < rows; row += kRows) {
          multiply(panels, room, row, k, column);
        }
      }
    }
  }

  // The part of some rows and columns.
  Product part(int64_t row, int64_t last_row, int64_t column, int64_t last_column) const {
    return {last_row - row, last_column - column, depth, from(left, row, 0), from(right, 0, column), adds,
            out + row * stride + column, stride};
  }

 private:
  int64_t panels_room() const { return Panels(std::min(depth, kDepth), std::min(columns, kColumns)).size(); }

  void multiply(const Panels& panels, float* room, int64_t row, int64_t k, int64_t column) const {
    const int64_t deep = std::min(kDepth, depth - k);
    const int64_t count = std::min(kRows, rows - row);
    const Grid factors = from(left, row, k);
    // Rows whose numbers lie apart are laid out as panels, too.
    const bool apart = left.column != 1;
    const Panels strips(deep, count);
    if (apart) {
      lay_out(strips, transposed(factors), room + panels_room());
    }
    const int64_t parts = apart ? strips.count() : (count + kStripRows - 1) / kStripRows;
    for (int64_t panel = 0; panel < panels.count(); ++panel) {
      for (int64_t part = 0; part < parts; ++part) {
        const int64_t first = apart ? strips.column(part) : part * kStripRows;
        const int64_t end = apart ? strips.column(part + 1) : first + kStripRows;
        const Grid own = apart ? Grid{room + panels_room() + first * deep, 1, end - first} : from(factors, first, 0);
        float* to = out + (row + first) * stride + column;
        const Grid before{adds || k > 0 ? to : nullptr, stride};
        panels.multiply(own, std::min(end, count) - first, room, panel, before, false, to, stride);
      }
    }
  }
};

// A product, its rows and columns divided among threads, each of which lays out what it needs: the squarer the parts, the less that is.
class Division {
 public:
  Division(const Product& product, int64_t threads) : product_(product), rows_(threads), columns_(1) {
    int64_t least = cost(rows_, columns_);
    for (int64_t i = 1; i < threads; ++i) {
      if (threads % i == 0 && cost(i, threads / i) < least) {
        rows_ = i;
        columns_ = threads / i;
        least = cost(rows_, columns_);
      }
    }
  }

  Product part(int64_t i) const {
    const int64_t row = i / columns_;
    const int64_t column = i % columns_;
    return product_.part(place(row, rows_, product_.rows), place(row + 1, rows_, product_.rows),
                         place(column, columns_, product_.columns), place(column + 1, columns_, product_.columns));
  }

 private:
  int64_t cost(int64_t rows, int64_t columns) const { return product_.rows / rows + product_.columns / columns; }

  // Where a part begins, at whole vectors.
  static int64_t place(int64_t part, int64_t parts, int64_t all) {
    return std::min(all, (all * part / parts + kLanes - 1) / kLanes * kLanes);
  }

  const Product& product_;
  int64_t rows_;
  int64_t columns_;
};

struct Free {
  void operator()(float* memory) const { std::free(memory); }
};

// False where there is no memory for the panels.
bool multiply(const Product& product) {
  const int64_t work = product.rows * product.columns * product.depth;
  const int64_t threads = omp_in_parallel() != 0 ? 1 : std::min<int64_t>(omp_get_max_threads(), work / kLeastWork);
  const Division division(product, threads);
  int64_t room = 0;
  for (int64_t i = 0; i < threads; ++i) {
    room = std::max(room, division.part(i).room());
  }
  constexpr size_t kLine = 64;
  const std::unique_ptr<float, Free> memory(
      static_cast<float*>(std::aligned_alloc(kLine, static_cast<size_t>(room * threads) * sizeof(float))));
  if (memory == nullptr) {
    return false;
  }
#pragma omp parallel for schedule(static) num_threads(static_cast<int>(threads)) if (threads > 1)
  for (int64_t i = 0; i < threads; ++i) {
    division.part(i).run(memory.get() + i * room);
  }
  return true;
}

bool is_plain(char form) { return form == 'N' || form == 'n'; }

bool fits(int64_t rows, int64_t columns, int64_t depth, float alpha, float beta) {
  static const bool right_processor = have_tiles() && __builtin_cpu_is("amd");
  return right_processor && rows >= kLeastRows && columns > 0 && depth > 0 && rows * columns * depth >= kLeastWork && alpha == 1 &&
         (beta == 0 || beta == 1);
}

}  // namespace

// Fortran's matrices are column-major: what it calls out = left * right is the transpose of `right` by that of `left` here.
extern "C" __attribute__((visibility("default"))) void sgemm_(
    const char* left_form, const char* right_form, const int* rows, const int* columns, const int* depth, const float* alpha,
    const float* left, const int* left_stride, const float* right, const int* right_stride, const float* beta, float* out,
    const int* out_stride) {
  if (fits(*columns, *rows, *depth, *alpha, *beta)) {
    const Grid first = is_plain(*right_form) ? Grid{right, *right_stride, 1} : Grid{right, 1, *right_stride};
    const Grid second = is_plain(*left_form) ? Grid{left, *left_stride, 1} : Grid{left, 1, *left_stride};
    if (multiply({*columns, *rows, *depth, first, second, *beta == 1, out, *out_stride})) {
      return;
    }
  }
  sgemm(left_form, right_form, rows, columns, depth, alpha, left, left_stride, right, right_stride, beta, out, out_stride);
}
