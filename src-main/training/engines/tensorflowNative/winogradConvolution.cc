// A 3×3 convolution with stride 1, and its input gradient, by Winograd's transform: inputs and filters are
// transformed, multiplied position by position, and the products transformed back.
#include <algorithm>
#include <memory>
#include <vector>

#include "kernel.h"
#include "pool.h"
#include "winograd.h"

namespace lab {
namespace {

using namespace winograd;

constexpr int64_t kBlock = 2 * kColumns;      // columns at a time: their filters and products fit the second-level cache
constexpr int64_t kFewFilters = 128 * 128;    // filters of a group that stay in the second-level cache, transformed,
constexpr int64_t kTiles = 48;                // and the tiles of a task that goes over all of them
constexpr int64_t kRange = 132;               // tiles of a task that transforms its filters by itself
constexpr int64_t kTogether = 1320;           // tiles that are transformed together, at most,
constexpr int64_t kFloats = 2 * 1024 * 1024;  // and their floats, which stay in the third-level cache
constexpr int64_t kTransforms = 8;            // tiles of a chunk of that transform

// out [6][pitch] = a [6][row] times b [depth][16].
LAB_EVERY_CPU void Multiply(const float *a, int64_t row, const float *b, int64_t depth, float *out, int64_t pitch) {
  Vector total[kRows][2];
  for (int r = 0; r < kRows; r++) total[r][0] = total[r][1] = Vector{};
  const float *a0 = a, *a1 = a + row, *a2 = a + 2 * row, *a3 = a + 3 * row, *a4 = a + 4 * row, *a5 = a + 5 * row;
  for (int64_t k = 0; k < depth; k++, b += kColumns) {
    const Vector low = *reinterpret_cast<const Vector *>(b), high = *reinterpret_cast<const Vector *>(b + kLanes);
    const float values[kRows] = {a0[k], a1[k], a2[k], a3[k], a4[k], a5[k]};
    for (int r = 0; r < kRows; r++) {
      total[r][0] += values[r] * low;
      total[r][1] += values[r] * high;
    }
  }
  for (int r = 0; r < kRows; r++) {
    *reinterpret_cast<Vector *>(out + r * pitch) = total[r][0];
    *reinterpret_cast<Vector *>(out + r * pitch + kLanes) = total[r][1];
  }
}

// Equal parts of `count`, each of at most about `most`, in whole rows of registers.
int64_t Share(int64_t count, int64_t most) {
  return Up(Pieces(count, Pieces(count, most)), kRows);
}

struct Problem {
  Maps from, to;
  int64_t groups, before;
  bool turned;  // the input gradient: `from` is dy, `to` is dx
  const float *x, *filter, *bias;
  float *y;
  int64_t in() const { return from.channels / groups; }
  int64_t out() const { return to.channels / groups; }
};

// The filter of the group that output column `column` belongs to.
Filter FilterOf(const Problem &q, int64_t column) {
  const int64_t group = column / q.out();
  if (q.turned) return {q.filter + group * q.in(), q.out() * q.from.channels, q.from.channels};
  return {q.filter + group * q.out(), q.in() * q.to.channels, q.to.channels};
}

// Filters of columns [column, column + 16) into [16][in][16].
void Transform(const Problem &q, int64_t column, float *filters) {
  (q.turned ? TransformTurned : TransformFilter)(FilterOf(q, column), q.in(), column % q.out(), filters);
}

// Transformed inputs of tiles from the channels of `group` on: floats from a tile and from a position to the next.
struct Inputs {
  const float *values;
  int64_t row, position, group;
};

// Outputs in columns [column, column + width) of `count` tiles from `first` on; `filters` are those of these columns.
void Run(const Problem &q, const Tiles &tiles, const Inputs &inputs, const float *filters, int64_t first, int64_t count, int64_t column, int64_t width) {
  static thread_local std::vector<float> products;
  const int64_t in = q.in(), position = Up(count, kRows) * kBlock + kPad;
  products.resize(kPositions * position);
  for (int p = 0; p < kPositions; p++) {
    for (int64_t r = 0; r < count; r += kRows) {
      for (int64_t c = 0; c < width; c += kColumns) {
        const float *a = inputs.values + p * inputs.position + r * inputs.row + ((column + c) / q.out() - inputs.group) * in;
        Multiply(a, inputs.row, filters + (c / kColumns * kPositions + p) * in * kColumns, in, products.data() + p * position + r * kBlock + c, kBlock);
      }
    }
  }
  for (int64_t tile = 0; tile < count; tile++) {
    WriteOutputs(products.data() + tile * kBlock, position, q.bias ? q.bias + column : nullptr, q.to, Place(tiles, first + tile, 0), column, width, q.y);
  }
}

// Channels of a tile's inputs.
struct Channels {
  int64_t first, count;
};

void TransformRange(const Problem &q, const Tiles &tiles, int64_t first, int64_t count, const Channels &channels, float *to, int64_t row, int64_t position) {
  for (int64_t tile = 0; tile < count; tile++) TransformInputs(q.x, q.from, Place(tiles, first + tile, q.before), channels.first, channels.count, to + tile * row, position);
}

// Few filters: all of them are transformed first, and a task takes some tiles of a group from their inputs to all their outputs.
void FiltersFirst(const Problem &q, const Tiles &tiles) {
  const int64_t row = q.in() + kPad, position = kTiles * row + kPad, panel = kPositions * q.in() * kColumns;
  std::unique_ptr<float[]> filters(new float[panel * (q.to.channels / kColumns)]);
  ForChunks(q.to.channels / kColumns, [&](int64_t chunk) { Transform(q, chunk * kColumns, filters.get() + chunk * panel); });
  ForChunks(Pieces(tiles.count(), kTiles) * q.groups, [&](int64_t task) {
    static thread_local std::vector<float> inputs;
    const int64_t group = task % q.groups, first = task / q.groups * kTiles, count = std::min(kTiles, tiles.count() - first), end = (group + 1) * q.out();
    inputs.resize(kPositions * position);
    TransformRange(q, tiles, first, count, {group * q.in(), q.in()}, inputs.data(), row, position);
    for (int64_t column = group * q.out(); column < end; column += kBlock) {
      Run(q, tiles, {inputs.data(), row, position, group}, filters.get() + column / kColumns * panel, first, count, column, std::min(kBlock, end - column));
    }
  });
}

// Many filters: the inputs of as many tiles as the cache holds are transformed first, and a task takes some columns from their filters to their outputs.
void InputsFirst(const Problem &q, const Tiles &tiles) {
  const int64_t row = q.from.channels + kPad, panel = kPositions * q.in() * kColumns, blocks = Pieces(q.to.channels, kBlock);
  const int64_t together = Share(tiles.count(), std::min(kTogether, kFloats / (kPositions * row))), position = together * row + kPad;
  std::unique_ptr<float[]> inputs(new float[kPositions * position]);
  for (int64_t first = 0; first < tiles.count(); first += together) {
    const int64_t count = std::min(together, tiles.count() - first), range = Share(count, kRange);
    ForRange(count, kTransforms, [&](int64_t from, int64_t to) { TransformRange(q, tiles, first + from, to - from, {0, q.from.channels}, inputs.get() + from * row, row, position); });
    ForChunks(Pieces(count, range) * blocks, [&](int64_t task) {
      static thread_local std::vector<float> filters;
      const int64_t start = task / blocks * range, column = task % blocks * kBlock, width = std::min(kBlock, q.to.channels - column);
      filters.resize(panel * (kBlock / kColumns));
      for (int64_t c = 0; c < width; c += kColumns) Transform(q, column + c, filters.data() + c / kColumns * panel);
      Run(q, tiles, {inputs.get() + start * row, row, position, 0}, filters.data(), first + start, std::min(range, count - start), column, width);
    });
  }
}

// How the work is split depends on shapes alone, and each output is one sum over the channels.
void Convolve(const Problem &q) {
  const Tiles tiles(q.to);
  if (q.in() * q.out() <= kFewFilters) FiltersFirst(q, tiles);
  else InputsFirst(q, tiles);
}

// `channels`: of the output. A side grows by its pads and loses two.
void ComputeInto(Call &call, int64_t channels, const Window &window, bool turned) {
  const std::vector<int64_t> image = call.shape(0);
  const Maps from{image[0], image[1], image[2], image[3]};
  const int64_t before = turned ? 2 - window.before : window.before, after = turned ? 2 - window.after : window.after;
  const Maps to{from.batch, from.height + before + after - 2, from.width + before + after - 2, channels};
  float *y = call.out(0, {to.batch, to.height, to.width, to.channels});
  if (!y) return;
  Convolve({from, to, window.groups, before, turned, call.in(0), call.in(1), !turned && call.count(2) > 0 ? call.in(2) : nullptr, y});
}

// Inputs x [N, H, W, C], filter [3, 3, C / groups, O], bias [O] or [0]. Channels of a group are multiples of 16.
void ForwardKernel(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  if (call.ok()) ComputeInto(call, call.shape(1)[3], *static_cast<Window *>(kernel), false);
}

// Inputs dy [N, H', W', O], filter.
void InputGradientKernel(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  const Window &window = *static_cast<Window *>(kernel);
  if (call.ok()) ComputeInto(call, call.shape(1)[2] * window.groups, window, true);
}

const Register forward({"LabWinogradConv2D", Window::Attributes(), {"x: float", "filter: float", "bias: float"}, {"y: float"}, UnknownShapes, ForwardKernel, Window::Read, Window::Delete});
const Register input_gradient({"LabWinogradConv2DInputGradient", Window::Attributes(), {"dy: float", "filter: float"}, {"dx: float"}, UnknownShapes, InputGradientKernel, Window::Read, Window::Delete});

}  // namespace
}  // namespace lab
