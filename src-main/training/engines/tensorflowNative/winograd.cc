// The transforms of Winograd's F(2×2, 3×3), eight channels at a time.
#include "winograd.h"

#include "kernel.h"

namespace lab {
namespace winograd {
namespace {

LAB_INLINE Vector Load(const float *from) { return *reinterpret_cast<const Vector *>(from); }
LAB_INLINE void Store(float *to, Vector value) { *reinterpret_cast<Vector *>(to) = value; }

// A pixel's channels from `first` on; null outside of the image.
LAB_INLINE const float *PixelAt(const float *x, const Maps &maps, const Place &place, int down, int right, int64_t first) {
  const int64_t h = place.row + down, w = place.column + right;
  if (h < 0 || h >= maps.height || w < 0 || w >= maps.width) return nullptr;
  return x + ((place.image * maps.height + h) * maps.width + w) * maps.channels + first;
}

LAB_INLINE Vector LoadOrZero(const float *pixel, int64_t c) { return pixel ? Load(pixel + c) : Vector{}; }

// Lanes of two vectors by their numbers, b's from 8 on.
#if defined(__clang__)
#define LAB_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef int32_t Numbers __attribute__((vector_size(32)));
#define LAB_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, Numbers{__VA_ARGS__})
#endif

// Eight rows of eight floats, `pitch` apart, as eight columns.
LAB_INLINE void Transpose(const float *from, int64_t pitch, Vector columns[kLanes]) {
  Vector pairs[kLanes], quads[kLanes];
  for (int r = 0; r < kLanes; r += 2) {
    const Vector a = Load(from + r * pitch), b = Load(from + (r + 1) * pitch);
    pairs[r] = LAB_SHUFFLE(a, b, 0, 8, 1, 9, 4, 12, 5, 13);
    pairs[r + 1] = LAB_SHUFFLE(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (int r = 0; r < kLanes; r += 4) {
    for (int i = 0; i < 2; i++) {
      quads[r + 2 * i] = LAB_SHUFFLE(pairs[r + i], pairs[r + 2 + i], 0, 1, 8, 9, 4, 5, 12, 13);
      quads[r + 2 * i + 1] = LAB_SHUFFLE(pairs[r + i], pairs[r + 2 + i], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int c = 0; c < 4; c++) {
    columns[c] = LAB_SHUFFLE(quads[c], quads[c + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    columns[c + 4] = LAB_SHUFFLE(quads[c], quads[c + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

// G g Gᵀ of eight filters, position by position.
template <class Put>
LAB_INLINE void TransformTaps(const Vector g[3][3], const Put &put) {
  for (int i = 0; i < 4; i++) {
    Vector row[3];
    for (int j = 0; j < 3; j++) {
      const Vector ends = g[0][j] + g[2][j];
      row[j] = i == 0 ? g[0][j] : i == 3 ? g[2][j] : i == 1 ? .5f * (ends + g[1][j]) : .5f * (ends - g[1][j]);
    }
    const Vector ends = row[0] + row[2];
    put(i * 4, row[0]);
    put(i * 4 + 1, .5f * (ends + row[1]));
    put(i * 4 + 2, .5f * (ends - row[1]));
    put(i * 4 + 3, row[2]);
  }
}

}  // namespace

LAB_EVERY_CPU void TransformInputs(const float *x, const Maps &maps, const Place &place, int64_t first, int64_t channels, float *to, int64_t position) {
  const float *pixels[4][4];
  for (int i = 0; i < 4; i++) {
    for (int j = 0; j < 4; j++) pixels[i][j] = PixelAt(x, maps, place, i, j, first);
  }
  for (int64_t c = 0; c < channels; c += kLanes) {
    Vector half[4][4];
    for (int j = 0; j < 4; j++) {
      const Vector d0 = LoadOrZero(pixels[0][j], c), d1 = LoadOrZero(pixels[1][j], c), d2 = LoadOrZero(pixels[2][j], c), d3 = LoadOrZero(pixels[3][j], c);
      half[0][j] = d0 - d2;
      half[1][j] = d1 + d2;
      half[2][j] = d2 - d1;
      half[3][j] = d1 - d3;
    }
    for (int i = 0; i < 4; i++) {
      float *row = to + i * 4 * position + c;
      Store(row, half[i][0] - half[i][2]);
      Store(row + position, half[i][1] + half[i][2]);
      Store(row + 2 * position, half[i][2] - half[i][1]);
      Store(row + 3 * position, half[i][1] - half[i][3]);
    }
  }
}

LAB_EVERY_CPU void TransformGradients(const float *dy, const Maps &maps, const Place &place, int64_t first, int64_t channels, float *to, int64_t position) {
  const float *pixels[2][2];
  for (int i = 0; i < 2; i++) {
    for (int j = 0; j < 2; j++) pixels[i][j] = PixelAt(dy, maps, place, i, j, first);
  }
  for (int64_t c = 0; c < channels; c += kLanes) {
    Vector half[4][2];
    for (int j = 0; j < 2; j++) {
      const Vector d0 = LoadOrZero(pixels[0][j], c), d1 = LoadOrZero(pixels[1][j], c);
      half[0][j] = d0;
      half[1][j] = d0 + d1;
      half[2][j] = d0 - d1;
      half[3][j] = -d1;
    }
    for (int i = 0; i < 4; i++) {
      float *row = to + i * 4 * position + c;
      Store(row, half[i][0]);
      Store(row + position, half[i][0] + half[i][1]);
      Store(row + 2 * position, half[i][0] - half[i][1]);
      Store(row + 3 * position, -half[i][1]);
    }
  }
}

LAB_EVERY_CPU void WriteOutputs(const float *m, int64_t position, const float *bias, const Maps &maps, const Place &place, int64_t first, int64_t channels, float *y) {
  float *pixel = y + ((place.image * maps.height + place.row) * maps.width + place.column) * maps.channels + first;
  const bool below = place.row + 1 < maps.height, right = place.column + 1 < maps.width;
  float *const pixels[2][2] = {{pixel, right ? pixel + maps.channels : nullptr}, {below ? pixel + maps.width * maps.channels : nullptr, below && right ? pixel + (maps.width + 1) * maps.channels : nullptr}};
  for (int64_t c = 0; c < channels; c += kLanes) {
    Vector half[2][4];
    for (int j = 0; j < 4; j++) {
      const float *column = m + j * position + c;
      const Vector m0 = Load(column), m1 = Load(column + 4 * position), m2 = Load(column + 8 * position), m3 = Load(column + 12 * position);
      half[0][j] = m0 + m1 + m2;
      half[1][j] = m1 - m2 - m3;
    }
    const Vector offset = bias ? Load(bias + c) : Vector{};
    for (int i = 0; i < 2; i++) {
      if (pixels[i][0]) Store(pixels[i][0] + c, half[i][0] + half[i][1] + half[i][2] + offset);
      if (pixels[i][1]) Store(pixels[i][1] + c, half[i][1] - half[i][2] - half[i][3] + offset);
    }
  }
}

LAB_EVERY_CPU void TransformFilter(const Filter &filter, int64_t rows, int64_t column, float *to) {
  for (int64_t row = 0; row < rows; row++) {
    for (int half = 0; half < kColumns; half += kLanes) {
      Vector g[3][3];
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) g[i][j] = Load(filter.values + (i * 3 + j) * filter.tap + row * filter.pitch + column + half);
      }
      TransformTaps(g, [&](int position, Vector value) { Store(to + (position * rows + row) * kColumns + half, value); });
    }
  }
}

LAB_EVERY_CPU void TransformTurned(const Filter &filter, int64_t rows, int64_t column, float *to) {
  for (int64_t row = 0; row < rows; row += kLanes) {
    for (int half = 0; half < kColumns; half += kLanes) {
      Vector taps[9][kLanes];  // [tap][row], of eight columns
      for (int tap = 0; tap < 9; tap++) Transpose(filter.values + (8 - tap) * filter.tap + (column + half) * filter.pitch + row, filter.pitch, taps[tap]);
      for (int64_t k = 0; k < kLanes; k++) {
        const Vector g[3][3] = {{taps[0][k], taps[1][k], taps[2][k]}, {taps[3][k], taps[4][k], taps[5][k]}, {taps[6][k], taps[7][k], taps[8][k]}};
        TransformTaps(g, [&](int position, Vector value) { Store(to + (position * rows + row + k) * kColumns + half, value); });
      }
    }
  }
}

LAB_EVERY_CPU void WriteFilter(const float *u, int64_t position, int64_t columns, float *df, int64_t tap) {
  for (int64_t c = 0; c < columns; c += kLanes) {
    Vector half[3][4];
    for (int j = 0; j < 4; j++) {
      const float *column = u + j * position + c;
      const Vector u0 = Load(column), u1 = .5f * Load(column + 4 * position), u2 = .5f * Load(column + 8 * position), u3 = Load(column + 12 * position);
      half[0][j] = u0 + (u1 + u2);
      half[1][j] = u1 - u2;
      half[2][j] = (u1 + u2) + u3;
    }
    for (int i = 0; i < 3; i++) {
      const Vector u1 = .5f * half[i][1], u2 = .5f * half[i][2];
      Store(df + i * 3 * tap + c, half[i][0] + (u1 + u2));
      Store(df + (i * 3 + 1) * tap + c, u1 - u2);
      Store(df + (i * 3 + 2) * tap + c, (u1 + u2) + half[i][3]);
    }
  }
}

}  // namespace winograd
}  // namespace lab
