// Winograd's F(2×2, 3×3) (Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016): in the transformed space
// 16 products make 2×2 outputs of a 3×3 convolution, instead of 36. What is transformed is [16 positions][rows][channels].
#ifndef LAB_WINOGRAD_H_
#define LAB_WINOGRAD_H_

#include <cstdint>

#include "products.h"

namespace lab {
namespace winograd {

constexpr int kPositions = 16;
// Floats after each row and each position of what is transformed, so that those at powers of two do not share a place in the cache.
constexpr int64_t kPad = 16;

// Images in memory [batch, height, width, channels].
struct Maps {
  int64_t batch, height, width, channels;
};

// The tiles of 2×2 outputs that cover maps.
struct Tiles {
  explicit Tiles(const Maps &outputs) : batch(outputs.batch), down((outputs.height + 1) / 2), across((outputs.width + 1) / 2) {}
  int64_t batch, down, across;
  int64_t count() const { return batch * down * across; }
};

// Where a tile lies: its image, and the row and column of its first pixel, which may be outside.
struct Place {
  Place(const Tiles &tiles, int64_t tile, int64_t before)
      : image(tile / (tiles.down * tiles.across)), row(tile / tiles.across % tiles.down * 2 - before), column(tile % tiles.across * 2 - before) {}
  int64_t image, row, column;
};

// Bᵀ d B of 4×4 pixels: `channels`, a multiple of 8, from `first` on. What lies outside counts as zero.
void TransformInputs(const float *x, const Maps &maps, const Place &place, int64_t first, int64_t channels, float *to, int64_t position);

// A dy Aᵀ of 2×2 pixels of the outputs' gradient.
void TransformGradients(const float *dy, const Maps &maps, const Place &place, int64_t first, int64_t channels, float *to, int64_t position);

// Aᵀ m A + bias, the 2×2 outputs; those outside are left out. `bias` may be null.
void WriteOutputs(const float *m, int64_t position, const float *bias, const Maps &maps, const Place &place, int64_t first, int64_t channels, float *y);

// A filter [9][..][pitch] of which sixteen columns are wanted.
struct Filter {
  const float *values;  // of tap 0, the group's first row and column
  int64_t tap, pitch;   // floats from a tap to the next, from a row to the next
};

// G g Gᵀ of columns [column, column + 16) and all `rows`, as [16 positions][rows][16].
void TransformFilter(const Filter &filter, int64_t rows, int64_t column, float *to);

// The same of the filter that gives the inputs' gradient: turned round, rows and columns exchanged. `rows` is a multiple of 8.
void TransformTurned(const Filter &filter, int64_t rows, int64_t column, float *to);

// Gᵀ u G, a row of a filter's gradient: `columns`, a multiple of 8, of u [16 positions] into [9 taps].
void WriteFilter(const float *u, int64_t position, int64_t columns, float *df, int64_t tap);

}  // namespace winograd
}  // namespace lab

#endif  // LAB_WINOGRAD_H_
