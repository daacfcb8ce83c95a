// Depthwise convolutions with stride 1: forward, input gradient (the same with the filter turned round) and filter gradient.
// One image and 16 channels at a time are packed into a frame of zeros that fits the first-level cache; loops over it need no bounds.
#include <cstring>

#include "kernel.h"
#include "pool.h"

namespace lab {
namespace {

constexpr int kBlock = 2 * kLanes;      // channels at a time
constexpr int kTile = 4;                // output pixels at a time
constexpr int64_t kPartials = 32;       // partial filter gradients that are summed in their order

struct Geometry {
  int64_t batch, height, width, channels, side, out_height, out_width;
  int64_t before, after;
  int64_t blocks() const { return Pieces(channels, kBlock); }
  int64_t frame_height() const { return height + before + after; }
  // Tiles may read up to kTile pixels beyond the last one.
  int64_t frame_width() const { return width + before + after + kTile; }
  int64_t frame_size() const { return frame_height() * frame_width() * kBlock; }
};

// Channels [first, first + 16) of one image, with zeros around and in channels that there are not.
LAB_INLINE void Pack(const float *x, const Geometry &g, int64_t first, float *frame) {
  const int64_t present = g.channels - first < kBlock ? g.channels - first : kBlock;
  memset(frame, 0, sizeof(float) * g.frame_size());
  for (int64_t h = 0; h < g.height; h++) {
    float *row = frame + ((h + g.before) * g.frame_width() + g.before) * kBlock;
    const float *from = x + h * g.width * g.channels + first;
    if (present == kBlock) {
      for (int64_t w = 0; w < g.width; w++) memcpy(row + w * kBlock, from + w * g.channels, sizeof(float) * kBlock);
    } else {
      for (int64_t w = 0; w < g.width; w++) memcpy(row + w * kBlock, from + w * g.channels, sizeof(float) * present);
    }
  }
}

// y of one image and one block; `taps` is [side · side][16], `bias` [16].
LAB_EVERY_CPU void Forward(const float *frame, const Geometry &g, const float *taps, const float *bias, int64_t first, float *y) {
  const int64_t present = g.channels - first < kBlock ? g.channels - first : kBlock;
  const int64_t pitch = g.frame_width() * kBlock;
  for (int64_t h = 0; h < g.out_height; h++) {
    for (int64_t w = 0; w < g.out_width; w += kTile) {
      Vector sums[kTile][2];
      for (int p = 0; p < kTile; p++) {
        sums[p][0] = *reinterpret_cast<const Vector *>(bias);
        sums[p][1] = *reinterpret_cast<const Vector *>(bias + kLanes);
      }
      for (int64_t i = 0; i < g.side; i++) {
        const float *row = frame + (h + i) * pitch + w * kBlock;
        const float *tap = taps + i * g.side * kBlock;
        for (int64_t j = 0; j < g.side; j++, row += kBlock, tap += kBlock) {
          const Vector a = *reinterpret_cast<const Vector *>(tap), b = *reinterpret_cast<const Vector *>(tap + kLanes);
          for (int p = 0; p < kTile; p++) {
            sums[p][0] += a * *reinterpret_cast<const Vector *>(row + p * kBlock);
            sums[p][1] += b * *reinterpret_cast<const Vector *>(row + p * kBlock + kLanes);
          }
        }
      }
      float *out = y + (h * g.out_width + w) * g.channels + first;
      const int64_t pixels = g.out_width - w < kTile ? g.out_width - w : kTile;
      if (present == kBlock) {
        for (int64_t p = 0; p < pixels; p++) {
          *reinterpret_cast<Vector *>(out + p * g.channels) = sums[p][0];
          *reinterpret_cast<Vector *>(out + p * g.channels + kLanes) = sums[p][1];
        }
      } else {
        for (int64_t p = 0; p < pixels; p++) memcpy(out + p * g.channels, &sums[p][0], sizeof(float) * present);
      }
    }
  }
}

// Adds Σ x · dy of `Taps` neighbouring taps to `sums` [Taps][16]; frames begin at the first tap's and at dy's first pixel.
template <int Taps>
LAB_INLINE void Correlate(const float *x, int64_t x_pitch, const float *dy, int64_t dy_pitch, const Geometry &g, float *sums) {
  for (int half = 0; half < 2; half++) {
    Vector total[Taps];
    for (int t = 0; t < Taps; t++) total[t] = *reinterpret_cast<const Vector *>(sums + t * kBlock + half * kLanes);
    for (int64_t h = 0; h < g.out_height; h++) {
      const float *px = x + h * x_pitch + half * kLanes;
      const float *pd = dy + h * dy_pitch + half * kLanes;
      for (int64_t w = 0; w < g.out_width; w++, px += kBlock, pd += kBlock) {
        const Vector d = *reinterpret_cast<const Vector *>(pd);
        for (int t = 0; t < Taps; t++) total[t] += d * *reinterpret_cast<const Vector *>(px + t * kBlock);
      }
    }
    for (int t = 0; t < Taps; t++) *reinterpret_cast<Vector *>(sums + t * kBlock + half * kLanes) = total[t];
  }
}

// Adds one image's part of the filter gradient of one block to `sums` [side · side][16].
LAB_EVERY_CPU void FilterGradient(const float *x, const float *dy, const Geometry &g, int64_t dy_pitch, float *sums) {
  const int64_t pitch = g.frame_width() * kBlock;
  for (int64_t i = 0; i < g.side; i++) {
    const float *row = x + i * pitch;
    float *to = sums + i * g.side * kBlock;
    int64_t j = 0;
    switch (g.side) {
      case 3: Correlate<3>(row, pitch, dy, dy_pitch, g, to); continue;
      case 5: Correlate<5>(row, pitch, dy, dy_pitch, g, to); continue;
      case 7: Correlate<7>(row, pitch, dy, dy_pitch, g, to); continue;
      case 9: Correlate<9>(row, pitch, dy, dy_pitch, g, to); continue;
      default:
        for (; j + 4 <= g.side; j += 4) Correlate<4>(row + j * kBlock, pitch, dy, dy_pitch, g, to + j * kBlock);
        for (; j < g.side; j++) Correlate<1>(row + j * kBlock, pitch, dy, dy_pitch, g, to + j * kBlock);
    }
  }
}

// A block's taps [side · side][16] out of a filter [side, side, channels]; turned round for the input gradient.
void TapsOf(const float *filter, const Geometry &g, int64_t first, bool turned, float *taps) {
  const int64_t count = g.side * g.side;
  for (int64_t tap = 0; tap < count; tap++) {
    const float *from = filter + (turned ? count - 1 - tap : tap) * g.channels + first;
    for (int64_t c = 0; c < kBlock; c++) taps[tap * kBlock + c] = first + c < g.channels ? from[c] : 0.f;
  }
}

Geometry GeometryOf(const std::vector<int64_t> &image, int64_t side, int64_t before, int64_t after) {
  Geometry g{image[0], image[1], image[2], image[3], side, 0, 0, before, after};
  g.out_height = image[1] + before + after - side + 1;
  g.out_width = image[2] + before + after - side + 1;
  return g;
}

void Convolve(Call &call, const Geometry &g, const float *bias, bool turned) {
  float *y = call.out(0, {g.batch, g.out_height, g.out_width, g.channels});
  if (!y) return;
  ForChunks(g.batch * g.blocks(), [&](int64_t chunk) {
    static thread_local std::vector<float> frame, taps;
    const int64_t image = chunk / g.blocks(), first = chunk % g.blocks() * kBlock;
    frame.resize(g.frame_size());
    taps.resize(g.side * g.side * kBlock);
    float offsets[kBlock] = {0};
    for (int64_t c = 0; bias && c < kBlock && first + c < g.channels; c++) offsets[c] = bias[first + c];
    TapsOf(call.in(1), g, first, turned, taps.data());
    Pack(call.in(0) + image * g.height * g.width * g.channels, g, first, frame.data());
    Forward(frame.data(), g, taps.data(), offsets, first, y + image * g.out_height * g.out_width * g.channels);
  });
}

// Inputs x [N, H, W, C], filter [k, k, C], bias [C] or [0].
void ForwardKernel(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  const Window &window = *static_cast<Window *>(kernel);
  Convolve(call, GeometryOf(call.shape(0), call.shape(1)[0], window.before, window.after), call.count(2) > 0 ? call.in(2) : nullptr, false);
}

// Inputs dy, filter.
void InputGradientKernel(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  const Window &window = *static_cast<Window *>(kernel);
  const int64_t side = call.shape(1)[0];
  Convolve(call, GeometryOf(call.shape(0), side, side - 1 - window.before, side - 1 - window.after), nullptr, true);
}

// Inputs x, dy.
void FilterGradientKernel(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  const auto &[side, stride, before, after, groups] = *static_cast<Window *>(kernel);
  const std::vector<int64_t> image = call.shape(0);
  const Geometry g = GeometryOf(image, side, before, after);
  const Geometry gy{g.batch, g.out_height, g.out_width, g.channels, 1, g.out_height, g.out_width, 0, 0};
  float *df = call.out(0, {side, side, g.channels});
  if (!df) return;
  const int64_t taps = side * side, images = Pieces(g.batch, kPartials), partials = Pieces(g.batch, images);
  std::vector<float> sums(partials * g.blocks() * taps * kBlock, 0.f);
  ForChunks(partials * g.blocks(), [&](int64_t chunk) {
    static thread_local std::vector<float> frame, frame_dy;
    const int64_t partial = chunk / g.blocks(), first = chunk % g.blocks() * kBlock;
    frame.resize(g.frame_size());
    frame_dy.resize(gy.frame_size());
    for (int64_t n = partial * images; n < std::min(g.batch, (partial + 1) * images); n++) {
      Pack(call.in(0) + n * g.height * g.width * g.channels, g, first, frame.data());
      Pack(call.in(1) + n * g.out_height * g.out_width * g.channels, gy, first, frame_dy.data());
      FilterGradient(frame.data(), frame_dy.data(), g, gy.frame_width() * kBlock, sums.data() + chunk * taps * kBlock);
    }
  });
  for (int64_t tap = 0; tap < taps; tap++) {
    for (int64_t c = 0; c < g.channels; c++) {
      float sum = 0;
      for (int64_t partial = 0; partial < partials; partial++) sum += sums[((partial * g.blocks() + c / kBlock) * taps + tap) * kBlock + c % kBlock];
      df[tap * g.channels + c] = sum;
    }
  }
}

const Register forward({"LabDepthwiseConv2D", Window::Attributes(), {"x: float", "filter: float", "bias: float"}, {"y: float"}, UnknownShapes, ForwardKernel, Window::Read, Window::Delete});
const Register input_gradient({"LabDepthwiseConv2DInputGradient", Window::Attributes(), {"dy: float", "filter: float"}, {"dx: float"}, UnknownShapes, InputGradientKernel, Window::Read, Window::Delete});
const Register filter_gradient({"LabDepthwiseConv2DFilterGradient", Window::Attributes(), {"x: float", "dy: float"}, {"df: float"}, UnknownShapes, FilterGradientKernel, Window::Read, Window::Delete});

}  // namespace
}  // namespace lab
