// Max pooling that keeps a NaN, and its gradient, which goes to the first maximum of each window in row-major order.
#include <cmath>
#include <limits>

#include "kernel.h"
#include "pool.h"

namespace lab {
namespace {

LAB_EVERY_CPU void Larger(const float *x, int64_t channels, float *best) {
  for (int64_t c = 0; c < channels; c++) best[c] = x[c] > best[c] || x[c] != x[c] ? x[c] : best[c];
}

// Keeps the first of equals: `tap` is where the best one is.
LAB_EVERY_CPU void LargerAt(const float *x, int64_t channels, float number, float *best, float *tap) {
  for (int64_t c = 0; c < channels; c++) {
    const bool larger = x[c] > best[c];
    best[c] = larger ? x[c] : best[c];
    tap[c] = larger ? number : tap[c];
  }
}

LAB_EVERY_CPU void AddWhere(const float *dy, const float *tap, int64_t channels, float number, float *dx) {
  for (int64_t c = 0; c < channels; c++) dx[c] += tap[c] == number ? dy[c] : 0.f;
}

struct Image {
  int64_t height, width, channels, out_height, out_width;
};

// Calls visit(tap, offset of its first channel) for the taps of a window that lie inside the image, in row-major order.
template <typename Visit>
void ForTaps(const Window &w, const Image &image, int64_t oh, int64_t ow, const Visit &visit) {
  for (int64_t i = 0; i < w.side; i++) {
    const int64_t h = oh * w.stride - w.before + i;
    if (h < 0 || h >= image.height) continue;
    for (int64_t j = 0; j < w.side; j++) {
      const int64_t v = ow * w.stride - w.before + j;
      if (v >= 0 && v < image.width) visit(i * w.side + j, (h * image.width + v) * image.channels);
    }
  }
}

void PoolKernel(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  const Window &w = *static_cast<Window *>(kernel);
  const std::vector<int64_t> shape = call.shape(0);
  const auto out = [&](int64_t side) { return (side + w.before + w.after - w.side) / w.stride + 1; };
  const Image image{shape[1], shape[2], shape[3], out(shape[1]), out(shape[2])};
  float *y = call.out(0, {shape[0], image.out_height, image.out_width, image.channels});
  if (!y) return;
  ForChunks(shape[0] * image.out_height, [&](int64_t row) {
    const float *x = call.in(0) + row / image.out_height * image.height * image.width * image.channels;
    for (int64_t ow = 0; ow < image.out_width; ow++) {
      float *best = y + (row * image.out_width + ow) * image.channels;
      std::fill(best, best + image.channels, -std::numeric_limits<float>::infinity());
      ForTaps(w, image, row % image.out_height, ow, [&](int64_t, int64_t at) { Larger(x + at, image.channels, best); });
    }
  });
}

// Inputs dy, x. Windows may overlap, so that an image is one chunk.
void PoolGradientKernel(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  const Window &w = *static_cast<Window *>(kernel);
  const std::vector<int64_t> shape = call.shape(1), small = call.shape(0);
  const Image image{shape[1], shape[2], shape[3], small[1], small[2]};
  float *dx = call.out(0, shape);
  if (!dx) return;
  ForChunks(shape[0], [&](int64_t n) {
    static thread_local std::vector<float> best, tap;
    best.resize(image.channels);
    tap.resize(image.channels);
    const int64_t size = image.height * image.width * image.channels;
    const float *x = call.in(1) + n * size;
    float *to = dx + n * size;
    std::fill(to, to + size, 0.f);
    for (int64_t pixel = 0; pixel < image.out_height * image.out_width; pixel++) {
      const float *dy = call.in(0) + (n * image.out_height * image.out_width + pixel) * image.channels;
      const int64_t oh = pixel / image.out_width, ow = pixel % image.out_width;
      bool first = true;
      ForTaps(w, image, oh, ow, [&](int64_t number, int64_t at) {
        if (first) {
          std::copy(x + at, x + at + image.channels, best.begin());
          std::fill(tap.begin(), tap.end(), static_cast<float>(number));
        } else {
          LargerAt(x + at, image.channels, number, best.data(), tap.data());
        }
        first = false;
      });
      ForTaps(w, image, oh, ow, [&](int64_t number, int64_t at) { AddWhere(dy, tap.data(), image.channels, number, to + at); });
    }
  });
}

const Register pool({"LabMaxPool2D", Window::Attributes(), {"x: float"}, {"y: float"}, UnknownShapes, PoolKernel, Window::Read, Window::Delete});
const Register pool_gradient({"LabMaxPool2DGradient", Window::Attributes(), {"dy: float", "x: float"}, {"dx: float"}, UnknownShapes, PoolGradientKernel, Window::Read, Window::Delete});

}  // namespace
}  // namespace lab
