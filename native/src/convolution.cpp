// Convolutions. Those with filters of 3 x 3 and stride 1, which are nearly all of an autoencoder's, are computed by Winograd's algorithm
// where the processor has the vectors for it and nothing is recorded for gradients: on the CPU, in float32, with the channels innermost in
// memory. Filters are transformed anew for each block of tiles: they come out of the cache faster than they would come transformed out of
// memory, of which those take four times as much. All others go to aten::conv2d.
#include <algorithm>

#include "call.h"
#include "contract.h"
#include "failure.h"
#include "fused.h"
#include "linear.h"
#include "winograd.h"

using namespace mmt;

namespace {

// Transformed tiles of a block, in floats: about what a thread finds room for in the caches. More tiles amortise the filters better.
constexpr int64_t kBlock = 1 << 20;
constexpr int64_t kFewTiles = 64;
constexpr int64_t kManyTiles = 128;

// Tiles that are multiplied at a time: their products stay in the cache of a core.
constexpr int64_t kPart = 32;

// Tiles of an image below which transforming filters takes longer than it saves. It does not ask for the number of images, as the bits of
// one must not depend on the others.
constexpr int64_t kLeastTiles = 4;

// Channels: below, vectors are not filled; beyond, which no network has, transformed filters outgrow the cache.
constexpr int64_t kLeastChannels = 16;
constexpr int64_t kMostChannels = 4096;

bool winograd_fits(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, mmt_tensor addend, Convolution* sizes) {
  Form image;
  Form added;
  Form filters;
  if (!have_tiles() || is_recorded({input, weight, bias, addend}) || !image.read(input) || !image.for_kernels() ||
      image.dtype != kFloat32 || !image.channels_last() || !filters.read(weight) ||
      !filters.for_kernels() || filters.dtype != kFloat32 || filters.rank != 4 || !filters.contiguous() ||
      filters.sizes[1] != image.sizes[1] || filters.sizes[2] != 3 || filters.sizes[3] != 3 ||
      !is_bias(bias, kFloat32, filters.sizes[0])) {
    return false;
  }
  sizes->images = image.sizes[0];
  sizes->inputs = image.sizes[1];
  sizes->height = image.sizes[2];
  sizes->width = image.sizes[3];
  sizes->outputs = filters.sizes[0];
  return sizes->inputs >= kLeastChannels && sizes->inputs <= kMostChannels && sizes->rows() > 0 && sizes->columns() > 0 &&
         Winograd(*sizes).image_tiles() >= kLeastTiles &&
         (addend == 0 || (added.read(addend) && added.device_type == kCpu && added.dtype == kFloat32 && added.channels_last() &&
                          added.sizes[0] == sizes->images && added.sizes[1] == sizes->outputs &&
                          added.sizes[2] == sizes->rows() && added.sizes[3] == sizes->columns()));
}

// What a thread computes with: tiles and filters, transformed, and their products.
class Room {
 public:
  Room(const Winograd& algorithm, int64_t block)
      : tiles_(algorithm.tiles_size(block)), filters_(algorithm.filters_size()) {}

  int64_t size() const { return tiles_ + filters_ + Winograd::products_size(kPart); }
  float* filters(float* tiles) const { return tiles + tiles_; }
  float* products(float* tiles) const { return tiles + tiles_ + filters_; }

 private:
  int64_t tiles_;
  int64_t filters_;
};

// Threads share out the panels of all blocks, block by block.
int32_t winograd(const Convolution& sizes, mmt_tensor input, mmt_tensor weight, mmt_tensor bias, mmt_tensor addend,
                 mmt_tensor* out, char** error) {
  const Winograd algorithm(sizes);
  const int64_t fitting = kBlock / (Winograd::kNumbers * sizes.inputs) / kPart * kPart;
  const int64_t block = std::min(std::clamp(fitting, kFewTiles, kManyTiles), algorithm.tiles());
  const int64_t items = (algorithm.tiles() + block - 1) / block * algorithm.panels();
  const Room room(algorithm, block);
  int32_t threads = 1;
  Form image;
  Fused call(error);
  const float* x = nullptr;
  const float* filters = nullptr;
  const float* offsets = nullptr;
  const float* added = nullptr;
  Owned result;
  float* y = nullptr;
  if (mmt_threads(&threads, error) != MMT_OK || !image.read(input) || call.read(input, &x) != MMT_OK ||
      call.read(weight, &filters) != MMT_OK || (bias != 0 && call.read(bias, &offsets) != MMT_OK) ||
      (addend != 0 && call.read(addend, &added) != MMT_OK) ||
      call.make({sizes.images, sizes.rows(), sizes.columns(), sizes.outputs}, image, &result, &y) != MMT_OK) {
    return MMT_FAILED;
  }
  const int64_t shares = std::min<int64_t>(threads, items);
  Owned memory;
  float* rooms = nullptr;
  if (call.make({shares, room.size()}, image, &memory, &rooms) != MMT_OK) {
    return MMT_FAILED;
  }
  const int32_t status = in_parallel(
      shares, 1,
      [&](int64_t begin, int64_t end) {
        for (int64_t share = begin; share < end; ++share) {
          float* tiles = rooms + share * room.size();
          int64_t held = -1;
          for (int64_t item = items * share / shares; item < items * (share + 1) / shares; ++item) {
            const int64_t first = item / algorithm.panels() * block;
            const int64_t panel = item % algorithm.panels();
            const int64_t count = std::min(block, algorithm.tiles() - first);
            if (held != first) {
              algorithm.transform_tiles(x, first, count, block, tiles);
              held = first;
            }
            algorithm.transform_filters(filters, panel, room.filters(tiles));
            for (int64_t part = 0; part < count; part += kPart) {
              algorithm.multiply(tiles, block, part, room.filters(tiles), panel, offsets, added, first + part,
                                 std::min(kPart, count - part), room.products(tiles), y);
            }
          }
        }
      },
      error);
  if (call.finish(status) != MMT_OK) {
    return MMT_FAILED;
  }
  const int64_t order[] = {0, 3, 1, 2};
  return mmt_permute(result.get(), order, 4, out, error);
}

int32_t convolve(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, int64_t stride, int64_t padding, int64_t groups,
                 mmt_tensor* out, char** error) {
  const int64_t strides[] = {stride, stride};
  const int64_t paddings[] = {padding, padding};
  const int64_t dilations[] = {1, 1};
  return Call("aten::conv2d", "", error)
      .tensor(input)
      .tensor(weight)
      .optional(bias)
      .integers(strides, 2)
      .integers(paddings, 2)
      .integers(dilations, 2)
      .integer(groups)
      .run(out);
}

}  // namespace

extern "C" {

int32_t mmt_conv2d(mmt_tensor input, mmt_tensor weight, mmt_tensor bias, mmt_tensor addend, int64_t stride, int64_t padding,
                   int64_t groups, mmt_tensor* out, char** error) {
  Convolution sizes;
  sizes.padding = padding;
  if (stride == 1 && (padding == 0 || padding == 1) && groups == 1 && winograd_fits(input, weight, bias, addend, &sizes)) {
    return winograd(sizes, input, weight, bias, addend, out, error);
  }
  if (addend == 0) {
    return convolve(input, weight, bias, stride, padding, groups, out, error);
  }
  Owned convolved;
  return convolve(input, weight, bias, stride, padding, groups, convolved.out(), error) == MMT_OK
             ? mmt_add(convolved.get(), addend, 1, out, error)
             : MMT_FAILED;
}

}  // extern "C"
