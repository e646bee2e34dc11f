// Group normalisation, and SiLU behind it as an autoencoder has them: one pass over memory takes the moments of pieces of an image, which are
// put together in float64 and in one order whatever the threads do, a second one scales, shifts and activates. libtorch takes five.
#include <algorithm>
#include <cmath>

#include "call.h"
#include "contract.h"
#include "failure.h"
#include "fused.h"
#include "linear.h"
#include "rows.h"

using namespace mmt;

namespace {

// Pixels whose moments are taken at once: they stay in the cache between the mean and the squares.
constexpr int64_t kPiece = 64;

// Images [N, H, W, C] in float32, with the channels' groups.
struct Images {
  int64_t count = 0;
  int64_t pixels = 0;
  int64_t channels = 0;
  int64_t groups = 0;

  int64_t pieces() const { return (pixels + kPiece - 1) / kPiece; }
  int64_t piece_pixels(int64_t piece) const { return std::min(kPiece, pixels - piece * kPiece); }
  int64_t width() const { return channels / groups; }
};

// The moments of each piece and channel, [N, pieces, C] each, and what they come to: factors and addends [N, C].
struct Moments {
  float* means = nullptr;
  float* squares = nullptr;
  float* scale = nullptr;
  float* shift = nullptr;
};

void take(const Images& images, const float* x, int64_t first, int64_t last, const Moments& moments) {
  for (int64_t i = first; i < last; ++i) {
    const int64_t image = i / images.pieces();
    const int64_t piece = i % images.pieces();
    moments_of_rows(x + (image * images.pixels + piece * kPiece) * images.channels, images.piece_pixels(piece), images.channels,
                    moments.means + i * images.channels, moments.squares + i * images.channels);
  }
}

// The whole group's mean is that of the pieces' means, its squares are theirs and those of their means' distances from it.
void put_together(const Images& images, int64_t image, int64_t group, double eps, const float* weight, const float* bias,
                  const Moments& moments) {
  const int64_t first = group * images.width();
  const float* means = moments.means + image * images.pieces() * images.channels;
  const float* squares = moments.squares + image * images.pieces() * images.channels;
  const double elements = static_cast<double>(images.pixels) * static_cast<double>(images.width());
  double sum = 0;
  for (int64_t piece = 0; piece < images.pieces(); ++piece) {
    for (int64_t i = first; i < first + images.width(); ++i) {
      sum += static_cast<double>(means[piece * images.channels + i]) * static_cast<double>(images.piece_pixels(piece));
    }
  }
  const double mean = sum / elements;
  double all = 0;
  for (int64_t piece = 0; piece < images.pieces(); ++piece) {
    for (int64_t i = first; i < first + images.width(); ++i) {
      const double distance = static_cast<double>(means[piece * images.channels + i]) - mean;
      all += static_cast<double>(squares[piece * images.channels + i]) +
             distance * distance * static_cast<double>(images.piece_pixels(piece));
    }
  }
  const double factor = 1 / std::sqrt(all / elements + eps);
  for (int64_t i = first; i < first + images.width(); ++i) {
    const double scale = (weight == nullptr ? 1 : static_cast<double>(weight[i])) * factor;
    moments.scale[image * images.channels + i] = static_cast<float>(scale);
    moments.shift[image * images.channels + i] =
        static_cast<float>((bias == nullptr ? 0 : static_cast<double>(bias[i])) - mean * scale);
  }
}

void activate(const Images& images, const float* x, int64_t first, int64_t last, const Moments& moments, float* y) {
  for (int64_t i = first; i < last; ++i) {
    const int64_t image = i / images.pieces();
    const int64_t piece = i % images.pieces();
    const int64_t start = (image * images.pixels + piece * kPiece) * images.channels;
    silu_rows(x + start, moments.scale + image * images.channels, moments.shift + image * images.channels,
              images.piece_pixels(piece), images.channels, y + start);
  }
}

int32_t norm_silu(const Form& form, mmt_tensor input, int64_t groups, mmt_tensor weight, mmt_tensor bias, double eps,
                  mmt_tensor* out, char** error) {
  Images images;
  images.count = form.sizes[0];
  images.channels = form.sizes[1];
  images.pixels = form.sizes[2] * form.sizes[3];
  images.groups = groups;
  const int64_t pieces = images.count * images.pieces();
  const int64_t grain = std::max<int64_t>(1, kGrain / (kPiece * images.channels));
  Fused call(error);
  const float* x = nullptr;
  const float* factors = nullptr;
  const float* addends = nullptr;
  Owned memory;
  Owned sums;
  Owned result;
  Moments moments;
  float* y = nullptr;
  if (call.read(input, &x) != MMT_OK || (weight != 0 && call.read(weight, &factors) != MMT_OK) ||
      (bias != 0 && call.read(bias, &addends) != MMT_OK) ||
      call.make({2, pieces, images.channels}, form, &memory, &moments.means) != MMT_OK ||
      call.make({2, images.count, images.channels}, form, &sums, &moments.scale) != MMT_OK ||
      call.make({form.sizes[0], form.sizes[2], form.sizes[3], form.sizes[1]}, form, &result, &y) != MMT_OK) {
    return MMT_FAILED;
  }
  moments.squares = moments.means + pieces * images.channels;
  moments.shift = moments.scale + images.count * images.channels;
  const int32_t status =
      in_parallel(pieces, grain, [&](int64_t first, int64_t last) { take(images, x, first, last, moments); }, error);
  if (status == MMT_OK) {
    for (int64_t i = 0; i < images.count * groups; ++i) {
      put_together(images, i / groups, i % groups, eps, factors, addends, moments);
    }
  }
  if (status != MMT_OK ||
      call.finish(in_parallel(
          pieces, grain, [&](int64_t first, int64_t last) { activate(images, x, first, last, moments, y); }, error)) != MMT_OK) {
    return MMT_FAILED;
  }
  const int64_t order[] = {0, 3, 1, 2};
  return mmt_permute(result.get(), order, 4, out, error);
}

}  // namespace

extern "C" {

int32_t mmt_group_norm(mmt_tensor input, int64_t groups, mmt_tensor weight, mmt_tensor bias, double eps,
                       mmt_tensor* out, char** error) {
  if (groups < 1) {
    return fail(error, "group_norm needs at least 1 group, not %lld", static_cast<long long>(groups));
  }
  return Call("aten::group_norm", "", error)
      .tensor(input)
      .integer(groups)
      .optional(weight)
      .optional(bias)
      .real(eps)
      .flag(true)
      .run(out);
}

int32_t mmt_group_norm_silu(mmt_tensor input, int64_t groups, mmt_tensor weight, mmt_tensor bias, double eps,
                            mmt_tensor* out, char** error) {
  Form form;
  if (!is_recorded({input, weight, bias}) && form.read(input) && form.for_kernels() && form.dtype == kFloat32 &&
      form.channels_last() && groups >= 1 && form.sizes[1] % groups == 0 && form.sizes[1] <= kMostWidth &&
      is_bias(weight, kFloat32, form.sizes[1]) && is_bias(bias, kFloat32, form.sizes[1])) {
    return norm_silu(form, input, groups, weight, bias, eps, out, error);
  }
  Owned normal;
  return mmt_group_norm(input, groups, weight, bias, eps, normal.out(), error) == MMT_OK ? mmt_silu(normal.get(), out, error)
                                                                                        : MMT_FAILED;
}

}  // extern "C"
