// Convolution with filters of 3 x 3 by Winograd's minimal algorithm F(4 x 4, 3 x 3), as Lavin and Gray (2016) use it: 4 x 4 outputs take 36
// multiplications for each channel, where the definition takes 144. It is for processors with vectors of 512 bits (see tiles.h), and knows
// nothing of tensors.
#pragma once

#include <cstdint>

#include "tiles.h"

namespace mmt {

// The sizes of a convolution with stride 1. Images are [images, height, width, inputs], the result [images, rows(), columns(), outputs],
// filters [outputs, inputs, 3, 3], all row-major.
struct Convolution {
  int64_t images = 0;
  int64_t height = 0;
  int64_t width = 0;
  int64_t inputs = 0;
  int64_t outputs = 0;
  int64_t padding = 0;

  int64_t rows() const { return height + 2 * padding - 2; }
  int64_t columns() const { return width + 2 * padding - 2; }
};

// Y = A' [(G g G') * (B' d B)] A: each tile d of 6 x 6 pixels and each filter g becomes 36 numbers, whose products are added up over
// the channels and become the 4 x 4 outputs of the tile. For each of the 36 that is a product of matrices, tiles by channels.
//
// The matrices interpolate at 0, +-5/8, +-3/2 and infinity. At the paper's points 0, +-1, +-2 rounding errors are twice as large: here they
// are 1.6 times those of the definition.
class Winograd {
 public:
  // Pixels of the result in a tile, in each direction.
  static constexpr int64_t kSide = 4;
  // Numbers that a tile, or a filter, becomes.
  static constexpr int64_t kNumbers = 36;

  explicit Winograd(const Convolution& sizes)
      : sizes_(sizes),
        down_((sizes.rows() + kSide - 1) / kSide),
        across_((sizes.columns() + kSide - 1) / kSide),
        panels_(sizes.inputs, sizes.outputs) {}

  // Tiles of an image, and of all.
  int64_t image_tiles() const { return down_ * across_; }
  int64_t tiles() const { return sizes_.images * image_tiles(); }
  // Panels that the outputs are cut into.
  int64_t panels() const { return panels_.count(); }

  // Floats that the transforms of so many tiles take, those of the filters of a panel, and the products of both.
  int64_t tiles_size(int64_t tiles) const { return kNumbers * step(tiles * sizes_.inputs); }
  int64_t filters_size() const { return kNumbers * step(sizes_.inputs * kPanelVectors * kLanes); }
  static int64_t products_size(int64_t tiles) { return kNumbers * step(tiles * kPanelVectors * kLanes); }

  // B' d B of `count` tiles from `first` on, to the beginning of a block with places for `room`.
  void transform_tiles(const float* images, int64_t first, int64_t count, int64_t room, float* block) const;

  // G g G' of the filters of a panel.
  void transform_filters(const float* filters, int64_t panel, float* transformed) const;

  // The outputs in the columns of a panel of `count` tiles from `first` on, which lie from `place` on in a block: with a bias [outputs] and an
  // addend of the result's sizes, which are null where there is none. The products are for use within.
  void multiply(const float* block, int64_t room, int64_t place, const float* transformed, int64_t panel, const float* bias,
                const float* addend, int64_t first, int64_t count, float* products, float* out) const;

 private:
  // The upper left pixel of a tile in the result.
  struct Place {
    int64_t image;
    int64_t row;
    int64_t column;
  };

  // From one of the 36 numbers to the next: a vector more than they take, or their distance would be a power of 2, which caches keep
  // few of.
  static int64_t step(int64_t floats) { return floats + kLanes; }

  Place at(int64_t tile) const {
    return {tile / image_tiles(), tile % image_tiles() / across_ * kSide, tile % across_ * kSide};
  }
  void transform_products(const float* products, int64_t step, int64_t panel, const float* bias, const float* addend,
                          const Place& tile, float* out) const;

  Convolution sizes_;
  int64_t down_;
  int64_t across_;
  Panels panels_;
};

}  // namespace mmt
