// Batch normalisation over all but the last axis, and its gradient: two passes over memory each. Differences to the first row are
// summed, so that a large mean does not cancel; chunks of rows are joined in their order in float64.
#include <cmath>
#include <vector>

#include "kernel.h"
#include "pool.h"

namespace lab {
namespace {

constexpr int64_t kChunkElements = 32768;

struct Rows {
  int64_t count, channels, size;  // size: rows of a chunk
  int64_t chunks() const { return (count + size - 1) / size; }
};

Rows RowsOf(const Call &call, int input) {
  const int64_t channels = call.shape(input).back();
  return {channels > 0 ? call.count(input) / channels : 0, channels, std::max<int64_t>(8, kChunkElements / std::max<int64_t>(1, channels))};
}

// Channels whose sums stay in registers over all rows.
constexpr int64_t kBlock = 32;

// sums[c] = Σ (a - s), products[c] = Σ (a - s)(b - t) over rows for `channels` (at most kBlock) of them; rows lie `stride` apart.
inline __attribute__((always_inline)) void SumBlock(const float *a, const float *b, const float *s, const float *t, int64_t rows, int64_t stride, int64_t channels, float *sums, float *products) {
  float sum[kBlock] = {}, product[kBlock] = {};
  int64_t row = 0;
  for (; row + 4 <= rows; row += 4, a += 4 * stride, b += 4 * stride) {
    for (int64_t c = 0; c < channels; c++) {
      const float a0 = a[c] - s[c], a1 = a[stride + c] - s[c], a2 = a[2 * stride + c] - s[c], a3 = a[3 * stride + c] - s[c];
      const float b0 = b[c] - t[c], b1 = b[stride + c] - t[c], b2 = b[2 * stride + c] - t[c], b3 = b[3 * stride + c] - t[c];
      sum[c] += (a0 + a1) + (a2 + a3);
      product[c] += (a0 * b0 + a1 * b1) + (a2 * b2 + a3 * b3);
    }
  }
  for (; row < rows; row++, a += stride, b += stride) {
    for (int64_t c = 0; c < channels; c++) {
      const float difference = a[c] - s[c];
      sum[c] += difference;
      product[c] += difference * (b[c] - t[c]);
    }
  }
  for (int64_t c = 0; c < channels; c++) {
    sums[c] = sum[c];
    products[c] = product[c];
  }
}

// The same for all channels.
LAB_EVERY_CPU void Sums(const float *a, const float *b, const float *s, const float *t, int64_t rows, int64_t channels, float *sums, float *products) {
  int64_t c = 0;
  for (; c + kBlock <= channels; c += kBlock) SumBlock(a + c, b + c, s + c, t + c, rows, channels, kBlock, sums + c, products + c);
  if (c < channels) SumBlock(a + c, b + c, s + c, t + c, rows, channels, channels - c, sums + c, products + c);
}

// y = (x - origin) · scale + shift
LAB_EVERY_CPU void Affine(const float *x, const float *origin, const float *scale, const float *shift, int64_t rows, int64_t channels, float *y) {
  for (int64_t row = 0; row < rows; row++, x += channels, y += channels) {
    for (int64_t c = 0; c < channels; c++) y[c] = (x[c] - origin[c]) * scale[c] + shift[c];
  }
}

// dx = dy · scale - (x - origin) · slope - shift
LAB_EVERY_CPU void Gradient(const float *dy, const float *x, const float *origin, const float *scale, const float *slope, const float *shift, int64_t rows, int64_t channels, float *dx) {
  for (int64_t row = 0; row < rows; row++, dy += channels, x += channels, dx += channels) {
    for (int64_t c = 0; c < channels; c++) dx[c] = dy[c] * scale[c] - (x[c] - origin[c]) * slope[c] - shift[c];
  }
}

// Rows that are summed in float32 before they join the float64 sums.
constexpr int64_t kRun = 64;

// Both sums over all rows, chunks joined in their order.
void Total(const float *a, const float *b, const float *s, const float *t, const Rows &rows, std::vector<double> *sums, std::vector<double> *products) {
  std::vector<double> partial(rows.chunks() * 2 * rows.channels, 0.0);
  ForChunks(rows.chunks(), [&](int64_t chunk) {
    static thread_local std::vector<float> run;
    run.resize(2 * rows.channels);
    double *part = partial.data() + chunk * 2 * rows.channels;
    const int64_t end = std::min(rows.count, (chunk + 1) * rows.size);
    for (int64_t from = chunk * rows.size; from < end; from += kRun) {
      const int64_t at = from * rows.channels;
      Sums(a + at, b + at, s, t, std::min(kRun, end - from), rows.channels, run.data(), run.data() + rows.channels);
      for (int64_t c = 0; c < 2 * rows.channels; c++) part[c] += run[c];
    }
  });
  sums->assign(rows.channels, 0);
  products->assign(rows.channels, 0);
  for (int64_t chunk = 0; chunk < rows.chunks(); chunk++) {
    const double *part = partial.data() + chunk * 2 * rows.channels;
    for (int64_t c = 0; c < rows.channels; c++) {
      (*sums)[c] += part[c];
      (*products)[c] += part[rows.channels + c];
    }
  }
}

struct Attributes {
  float eps = 0;
};

void *ReadAttributes(TF_OpKernelConstruction *construction) {
  auto *attributes = new Attributes();
  TF_Status *status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrFloat(construction, "eps", &attributes->eps, status);
  TF_DeleteStatus(status);
  return attributes;
}

void DeleteAttributes(void *kernel) { delete static_cast<Attributes *>(kernel); }

// Inputs x, gamma, beta; outputs y, mean, variance (biased).
void TrainingKernel(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  const Rows rows = RowsOf(call, 0);
  const float *x = call.in(0), *gamma = call.in(1), *beta = call.in(2);
  float *y = call.out(0, call.shape(0)), *mean = call.out(1, call.shape(1)), *variance = call.out(2, call.shape(1));
  if (!y || !mean || !variance) return;
  std::vector<double> sums, squares;
  Total(x, x, x, x, rows, &sums, &squares);
  std::vector<float> scale(rows.channels), shift(rows.channels);
  for (int64_t c = 0; c < rows.channels; c++) {
    const double offset = sums[c] / rows.count, spread = std::max(0.0, squares[c] / rows.count - offset * offset);
    mean[c] = static_cast<float>(x[c] + offset);
    variance[c] = static_cast<float>(std::isnan(squares[c]) ? squares[c] : spread);
    const double factor = gamma[c] / std::sqrt(variance[c] + static_cast<double>(static_cast<Attributes *>(kernel)->eps));
    scale[c] = static_cast<float>(factor);
    shift[c] = static_cast<float>(beta[c] - offset * factor);
  }
  ForRange(rows.count, rows.size, [&](int64_t from, int64_t to) {
    Affine(x + from * rows.channels, x, scale.data(), shift.data(), to - from, rows.channels, y + from * rows.channels);
  });
}

// Inputs dy, x, gamma, mean, variance; outputs dx, dgamma, dbeta.
void GradientKernel(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  const Rows rows = RowsOf(call, 1);
  const float *dy = call.in(0), *x = call.in(1), *gamma = call.in(2), *mean = call.in(3), *variance = call.in(4);
  float *dx = call.out(0, call.shape(1)), *dgamma = call.out(1, call.shape(2)), *dbeta = call.out(2, call.shape(2));
  if (!dx || !dgamma || !dbeta) return;
  std::vector<double> sums, products;
  const std::vector<float> zeros(rows.channels, 0.f);
  Total(dy, x, zeros.data(), mean, rows, &sums, &products);
  std::vector<float> scale(rows.channels), slope(rows.channels), shift(rows.channels);
  for (int64_t c = 0; c < rows.channels; c++) {
    const double inverse = 1 / std::sqrt(variance[c] + static_cast<double>(static_cast<Attributes *>(kernel)->eps));
    dbeta[c] = static_cast<float>(sums[c]);
    dgamma[c] = static_cast<float>(products[c] * inverse);
    const double factor = gamma[c] * inverse;
    scale[c] = static_cast<float>(factor);
    slope[c] = static_cast<float>(factor * inverse * inverse * products[c] / rows.count);
    shift[c] = static_cast<float>(factor * sums[c] / rows.count);
  }
  ForRange(rows.count, rows.size, [&](int64_t from, int64_t to) {
    const int64_t at = from * rows.channels;
    Gradient(dy + at, x + at, mean, scale.data(), slope.data(), shift.data(), to - from, rows.channels, dx + at);
  });
}

const Register training({"LabBatchNormTraining", {"eps: float"}, {"x: float", "gamma: float", "beta: float"}, {"y: float", "mean: float", "variance: float"}, UnknownShapes, TrainingKernel, ReadAttributes, DeleteAttributes});
const Register gradient({"LabBatchNormGradient", {"eps: float"}, {"dy: float", "x: float", "gamma: float", "mean: float", "variance: float"}, {"dx: float", "dgamma: float", "dbeta: float"}, UnknownShapes, GradientKernel, ReadAttributes, DeleteAttributes});

}  // namespace
}  // namespace lab
