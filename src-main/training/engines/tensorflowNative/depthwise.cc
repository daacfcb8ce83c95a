// Depthwise convolutions with stride 1: forward, input gradient (the same with the filter turned round) and filter gradient.
// One image and 16 channels at a time are packed into a frame of zeros that fits the first-level cache; loops over it need no bounds.
// Frames are packed four at a time, as memory is quick where neighbours are read.
#include <algorithm>
#include <cstring>

#include "kernel.h"
#include "pool.h"

namespace lab {
namespace {

constexpr int kBlock = 2 * kLanes;      // channels at a time
constexpr int kTogether = 4;            // frames that are packed at a time
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

// Channels from `first` on of one image into the frames of up to four blocks, with zeros around and in channels that there are not.
LAB_EVERY_CPU void Pack(const float *x, const Geometry &g, int64_t first, float *frames) {
  const int64_t present = std::min<int64_t>(g.channels - first, kTogether * kBlock), rest = present % kBlock;
  const int64_t line = g.frame_width() * kBlock, left = g.before * kBlock, inner = g.width * kBlock;
  for (int64_t block = 0; block < Pieces(present, kBlock); block++) {
    float *frame = frames + block * g.frame_size();
    if (rest != 0) {
      memset(frame, 0, sizeof(float) * g.frame_size());
      continue;
    }
    memset(frame, 0, sizeof(float) * (g.before * line + left));
    for (int64_t h = 0; h < g.height - 1; h++) memset(frame + (h + g.before) * line + left + inner, 0, sizeof(float) * (line - inner));
    const int64_t last = (g.height - 1 + g.before) * line + left + inner;
    memset(frame + last, 0, sizeof(float) * (g.frame_size() - last));
  }
  for (int64_t h = 0; h < g.height; h++) {
    float *row = frames + (h + g.before) * line + left;
    const float *from = x + h * g.width * g.channels + first;
    for (int64_t w = 0; w < g.width; w++, row += kBlock, from += g.channels) {
      float *to = row;
      int64_t c = 0;
      for (; c + kBlock <= present; c += kBlock, to += g.frame_size()) memcpy(to, from + c, sizeof(float) * kBlock);
      if (rest != 0) memcpy(to, from + c, sizeof(float) * rest);
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
  const int64_t bands = Pieces(g.blocks(), kTogether);
  ForChunks(g.batch * bands, [&](int64_t chunk) {
    static thread_local std::vector<float> frames, taps;
    const int64_t image = chunk / bands, band = chunk % bands * kTogether * kBlock;
    frames.resize(kTogether * g.frame_size());
    taps.resize(g.side * g.side * kBlock);
    Pack(call.in(0) + image * g.height * g.width * g.channels, g, band, frames.data());
    for (int64_t first = band; first < std::min(g.channels, band + kTogether * kBlock); first += kBlock) {
      float offsets[kBlock] = {0};
      for (int64_t c = 0; bias && c < kBlock && first + c < g.channels; c++) offsets[c] = bias[first + c];
      TapsOf(call.in(1), g, first, turned, taps.data());
      Forward(frames.data() + (first - band) / kBlock * g.frame_size(), g, taps.data(), offsets, first, y + image * g.out_height * g.out_width * g.channels);
    }
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
  const int64_t taps = side * side, images = Pieces(g.batch, kPartials), partials = Pieces(g.batch, images), bands = Pieces(g.blocks(), kTogether);
  std::vector<float> sums(partials * g.blocks() * taps * kBlock, 0.f);
  ForChunks(partials * bands, [&](int64_t chunk) {
    static thread_local std::vector<float> frames, frames_dy;
    const int64_t partial = chunk / bands, band = chunk % bands * kTogether;
    frames.resize(kTogether * g.frame_size());
    frames_dy.resize(kTogether * gy.frame_size());
    for (int64_t n = partial * images; n < std::min(g.batch, (partial + 1) * images); n++) {
      Pack(call.in(0) + n * g.height * g.width * g.channels, g, band * kBlock, frames.data());
      Pack(call.in(1) + n * g.out_height * g.out_width * g.channels, gy, band * kBlock, frames_dy.data());
      for (int64_t block = band; block < std::min(g.blocks(), band + kTogether); block++) {
        FilterGradient(frames.data() + (block - band) * g.frame_size(), frames_dy.data() + (block - band) * gy.frame_size(), g, gy.frame_width() * kBlock, sums.data() + (partial * g.blocks() + block) * taps * kBlock);
      }
    }
  });
  ForChunks(g.blocks(), [&](int64_t block) {
    const int64_t present = std::min<int64_t>(kBlock, g.channels - block * kBlock);
    for (int64_t tap = 0; tap < taps; tap++) {
      float total[kBlock] = {0};
      for (int64_t partial = 0; partial < partials; partial++) {
        const float *part = sums.data() + ((partial * g.blocks() + block) * taps + tap) * kBlock;
        for (int c = 0; c < kBlock; c++) total[c] += part[c];
      }
      memcpy(df + tap * g.channels + block * kBlock, total, sizeof(float) * present);
    }
  });
}

const Register forward({"LabDepthwiseConv2D", Window::Attributes(), {"x: float", "filter: float", "bias: float"}, {"y: float"}, UnknownShapes, ForwardKernel, Window::Read, Window::Delete});
const Register input_gradient({"LabDepthwiseConv2DInputGradient", Window::Attributes(), {"dy: float", "filter: float"}, {"dx: float"}, UnknownShapes, InputGradientKernel, Window::Read, Window::Delete});
const Register filter_gradient({"LabDepthwiseConv2DFilterGradient", Window::Attributes(), {"x: float", "dy: float"}, {"df: float"}, UnknownShapes, FilterGradientKernel, Window::Read, Window::Delete});

}  // namespace
}  // namespace lab
