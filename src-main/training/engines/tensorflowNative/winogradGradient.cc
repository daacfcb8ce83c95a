// The filter gradient of a 3×3 convolution with stride 1 in Winograd's space: position by position, a product of the transformed
// channels of x and of dy over all tiles; its sums are transformed back at the end.
#include <algorithm>
#include <memory>
#include <vector>

#include "kernel.h"
#include "pool.h"
#include "winograd.h"

namespace lab {
namespace {

using namespace winograd;

constexpr int64_t kTiles = 48;         // tiles of a block: transformed, with the channels below, they fit the second-level cache
constexpr int64_t kInputs = 96;        // channels of x of a task
constexpr int64_t kOutputs = 128;      // channels of dy of a task
constexpr int64_t kEnough = 8;         // tasks that keep threads busy: with fewer, the tiles are split as well
constexpr int64_t kSummed = 1 << 15;   // numbers of a chunk when parts are joined

struct Problem {
  Maps x_maps, dy_maps;
  int64_t groups, before;
  const float *x, *dy;
  int64_t in() const { return x_maps.channels / groups; }
  int64_t out() const { return dy_maps.channels / groups; }
};

// One task: channels [m0, m1) by [n0, n1) of a group, over tiles [first, last), into `df` [9][in][outputs].
struct Task {
  int64_t group, m0, m1, n0, n1, first, last;
  float *df;
};

void Run(const Problem &q, const Tiles &tiles, const Task &task) {
  static thread_local std::vector<float> v, d, sums;
  const int64_t m = task.m1 - task.m0, n = task.n1 - task.n0, outputs = q.dy_maps.channels;
  const int64_t v_row = m + kRows + kPad, d_row = n + kPad, v_position = kTiles * v_row + kPad, d_position = kTiles * d_row + kPad, position = m * n + kPad;
  v.resize(kPositions * v_position);
  d.resize(kPositions * d_position);
  sums.resize(kPositions * position);
  for (int64_t from = task.first; from < task.last; from += kTiles) {
    const int64_t count = std::min(kTiles, task.last - from);
    for (int64_t t = 0; t < count; t++) {
      TransformInputs(q.x, q.x_maps, Place(tiles, from + t, q.before), task.group * q.in() + task.m0, m, v.data() + t * v_row, v_position);
      TransformGradients(q.dy, q.dy_maps, Place(tiles, from + t, 0), task.group * q.out() + task.n0, n, d.data() + t * d_row, d_position);
    }
    for (int p = 0; p < kPositions; p++) {
      for (int64_t c = 0; c < n; c += kColumns) {
        for (int64_t r = 0; r < m; r += kRows) {
          AddProduct({v.data() + p * v_position + r, v_row}, {d.data() + p * d_position + c, d_row}, count, {sums.data() + p * position + r * n + c, n, std::min<int64_t>(kRows, m - r), kColumns, from == task.first});
        }
      }
    }
  }
  for (int64_t r = 0; r < m; r++) WriteFilter(sums.data() + r * n, position, n, task.df + (task.m0 + r) * outputs + task.group * q.out() + task.n0, q.in() * outputs);
}

// How the work is split depends on shapes alone. `df` is [3, 3, in, outputs].
void Correlate(const Problem &q, float *df) {
  const Tiles tiles(q.dy_maps);
  const int64_t size = 9 * q.in() * q.dy_maps.channels;
  const int64_t wanted = Pieces(kEnough, q.groups * Pieces(q.in(), kInputs) * Pieces(q.out(), kOutputs));
  const int64_t share = Pieces(Pieces(tiles.count(), kTiles), wanted) * kTiles, parts = Pieces(tiles.count(), share);
  std::unique_ptr<float[]> partial(new float[(parts - 1) * size]);
  std::vector<Task> tasks;
  for (int64_t part = 0; part < parts; part++) {
    for (int64_t group = 0; group < q.groups; group++) {
      for (int64_t m = 0; m < q.in(); m += kInputs) {
        for (int64_t n = 0; n < q.out(); n += kOutputs) {
          tasks.push_back({group, m, std::min(q.in(), m + kInputs), n, std::min(q.out(), n + kOutputs), part * share, std::min(tiles.count(), (part + 1) * share), part == 0 ? df : partial.get() + (part - 1) * size});
        }
      }
    }
  }
  ForChunks(tasks.size(), [&](int64_t task) { Run(q, tiles, tasks[task]); });
  ForRange(size, kSummed, [&](int64_t from, int64_t to) {
    for (int64_t part = 1; part < parts; part++) {
      for (int64_t i = from; i < to; i++) df[i] += partial[(part - 1) * size + i];
    }
  });
}

// Inputs x [N, H, W, C], dy [N, H', W', O]; output [3, 3, C / groups, O]. Channels of a group are multiples of 16.
void FilterGradientKernel(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  const Window &window = *static_cast<Window *>(kernel);
  const std::vector<int64_t> image = call.shape(0), small = call.shape(1);
  const Problem q{{image[0], image[1], image[2], image[3]}, {small[0], small[1], small[2], small[3]}, window.groups, window.before, call.in(0), call.in(1)};
  float *df = call.out(0, {3, 3, q.in(), small[3]});
  if (df) Correlate(q, df);
}

const Register filter_gradient({"LabWinogradConv2DFilterGradient", Window::Attributes(), {"x: float", "dy: float"}, {"df: float"}, UnknownShapes, FilterGradientKernel, Window::Read, Window::Delete});

}  // namespace
}  // namespace lab
