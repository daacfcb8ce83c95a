// The filter gradient of a convolution with any stride, pads and groups: for each tap a product of x's and dy's channels over all
// pixels. Blocks of pixels are packed so that six channels of x by sixteen of dy stay in registers.
#include <algorithm>
#include <cstring>
#include <vector>

#include "kernel.h"
#include "pool.h"
#include "products.h"

namespace lab {
namespace {

constexpr int64_t kPixels = 128;    // pixels of a block
constexpr int64_t kChunk = 16384;   // elements that a thread adds up at a time
constexpr int64_t kEnough = 8;      // tasks that keep threads busy: with fewer, the images are split as well

struct Problem {
  int64_t batch, height, width, channels, out_height, out_width, outputs;
  int64_t side, stride, before, groups;
  int64_t taps() const { return side * side; }
  int64_t in() const { return channels / groups; }
  int64_t out() const { return outputs / groups; }
  // Channels of a task: its packed block of x fits the second-level cache.
  int64_t row_block() const { return taps() == 1 ? 258 : 96; }
  int64_t column_block() const { return 256; }
};

// One task: channels [m0, m1) by [n0, n1) of a group, over images [first, last), into `sums` [taps][in][out].
struct Task {
  int64_t group, m0, m1, n0, n1, first, last;
  float *sums;
};

// Floats from one tile of packed channels to the next: one line more than it takes, so that tiles do not all lie in the same sets of the cache.
constexpr int64_t Pitch(int width) { return kPixels * width + kColumns; }

// Channels of `count` pixels into tiles [tile][pixel][Width]; a negative offset is a pixel outside of the image. Pixel by pixel, as
// memory is quick where it is read in its order.
template <int Width>
LAB_INLINE void Pack(const float *from, const int64_t *offsets, int64_t count, int64_t channels, float *tiles) {
  const int64_t whole = channels - channels % Width, rest = channels % Width;
  for (int64_t p = 0; p < count; p++) {
    float *to = tiles + p * Width;
    if (offsets[p] < 0) {
      for (int64_t c = 0; c < channels; c += Width, to += Pitch(Width)) memset(to, 0, sizeof(float) * Width);
      continue;
    }
    const float *row = from + offsets[p];
    for (int64_t c = 0; c < whole; c += Width, to += Pitch(Width)) memcpy(to, row + c, sizeof(float) * Width);
    if (rest == 0) continue;
    memset(to, 0, sizeof(float) * Width);
    memcpy(to, row + whole, sizeof(float) * rest);
  }
}

LAB_EVERY_CPU void PackRows(const float *x, const int64_t *offsets, int64_t count, int64_t channels, float *tiles) { Pack<kRows>(x, offsets, count, channels, tiles); }
LAB_EVERY_CPU void PackColumns(const float *dy, const int64_t *offsets, int64_t count, int64_t channels, float *tiles) { Pack<kColumns>(dy, offsets, count, channels, tiles); }

void Run(const Problem &q, const Task &task, const float *x, const float *dy) {
  static thread_local std::vector<float> rows, columns;
  std::vector<int64_t> offsets(kPixels);
  const int64_t m = task.m1 - task.m0, n = task.n1 - task.n0, image = q.out_height * q.out_width;
  rows.resize(Pieces(m, kRows) * Pitch(kRows));
  columns.resize(Pieces(n, kColumns) * Pitch(kColumns));
  for (int64_t from = task.first * image; from < task.last * image; from += kPixels) {
    const int64_t count = std::min(kPixels, task.last * image - from);
    for (int64_t p = 0; p < count; p++) offsets[p] = (from + p) * q.outputs + task.group * q.out() + task.n0;
    PackColumns(dy, offsets.data(), count, n, columns.data());
    for (int64_t tap = 0; tap < q.taps(); tap++) {
      for (int64_t p = 0; p < count; p++) {
        const int64_t pixel = from + p, h = pixel % image / q.out_width * q.stride - q.before + tap / q.side, w = pixel % q.out_width * q.stride - q.before + tap % q.side;
        const bool inside = h >= 0 && h < q.height && w >= 0 && w < q.width;
        offsets[p] = inside ? ((pixel / image * q.height + h) * q.width + w) * q.channels + task.group * q.in() + task.m0 : -1;
      }
      PackRows(x, offsets.data(), count, m, rows.data());
      for (int64_t r = 0; r < m; r += kRows) {
        float *sums = task.sums + (tap * q.in() + task.m0 + r) * q.outputs + task.group * q.out() + task.n0;
        for (int64_t c = 0; c < n; c += kColumns) {
          AddProduct({rows.data() + r / kRows * Pitch(kRows), kRows}, {columns.data() + c / kColumns * Pitch(kColumns), kColumns}, count, {sums + c, q.outputs, std::min<int64_t>(kRows, m - r), std::min<int64_t>(kColumns, n - c), false});
        }
      }
    }
  }
}

// Inputs x [N, H, W, C], dy [N, H', W', O]; output [side, side, C / groups, O]. How the work is split depends on shapes alone.
void FilterGradientKernel(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  const Window &window = *static_cast<Window *>(kernel);
  const std::vector<int64_t> image = call.shape(0), small = call.shape(1);
  const Problem q{image[0], image[1], image[2], image[3], small[1], small[2], small[3], window.side, window.stride, window.before, window.groups};
  float *df = call.out(0, {q.side, q.side, q.in(), q.outputs});
  if (!df) return;
  const int64_t size = q.taps() * q.in() * q.outputs;
  const int64_t pieces = q.groups * Pieces(q.in(), q.row_block()) * Pieces(q.out(), q.column_block());
  const int64_t parts = std::min(q.batch, Pieces(kEnough, pieces)), images = Pieces(q.batch, parts);
  std::vector<float> partial((parts - 1) * size, 0.f);
  std::fill(df, df + size, 0.f);
  std::vector<Task> tasks;
  for (int64_t part = 0; part < parts; part++) {
    float *sums = part == 0 ? df : partial.data() + (part - 1) * size;
    for (int64_t group = 0; group < q.groups; group++) {
      for (int64_t m = 0; m < q.in(); m += q.row_block()) {
        for (int64_t n = 0; n < q.out(); n += q.column_block()) {
          tasks.push_back({group, m, std::min(q.in(), m + q.row_block()), n, std::min(q.out(), n + q.column_block()), std::min(q.batch, part * images), std::min(q.batch, (part + 1) * images), sums});
        }
      }
    }
  }
  ForChunks(tasks.size(), [&](int64_t task) { Run(q, tasks[task], call.in(0), call.in(1)); });
  if (parts == 1) return;
  ForRange(size, kChunk, [&](int64_t from, int64_t to) {
    for (int64_t part = 1; part < parts; part++) {
      const float *sums = partial.data() + (part - 1) * size;
      for (int64_t i = from; i < to; i++) df[i] += sums[i];
    }
  });
}

const Register filter_gradient({"LabConv2DFilterGradient", Window::Attributes(), {"x: float", "dy: float"}, {"df: float"}, UnknownShapes, FilterGradientKernel, Window::Read, Window::Delete});

}  // namespace
}  // namespace lab
