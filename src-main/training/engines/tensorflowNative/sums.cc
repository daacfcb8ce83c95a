// Sums over all but the last axis, and the gradient of a bias, which is one.
#include "sums.h"

#include <algorithm>

#include "pool.h"

namespace lab {
namespace {

constexpr int64_t kChunkElements = 32768;

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

// sums[c] = Σ a, of one block of channels.
inline __attribute__((always_inline)) void ColumnBlock(const float *a, int64_t rows, int64_t stride, int64_t channels, float *sums) {
  float sum[kBlock] = {};
  int64_t row = 0;
  for (; row + 4 <= rows; row += 4, a += 4 * stride) {
    for (int64_t c = 0; c < channels; c++) sum[c] += (a[c] + a[stride + c]) + (a[2 * stride + c] + a[3 * stride + c]);
  }
  for (; row < rows; row++, a += stride) {
    for (int64_t c = 0; c < channels; c++) sum[c] += a[c];
  }
  for (int64_t c = 0; c < channels; c++) sums[c] = sum[c];
}

LAB_EVERY_CPU void Columns(const float *a, int64_t rows, int64_t channels, float *sums) {
  int64_t c = 0;
  for (; c + kBlock <= channels; c += kBlock) ColumnBlock(a + c, rows, channels, kBlock, sums + c);
  if (c < channels) ColumnBlock(a + c, rows, channels, channels - c, sums + c);
}

// A run's float32 sums, one for each thread.
float *RunOf(int64_t width) {
  static thread_local std::vector<float> run;
  run.resize(width);
  return run.data();
}

void BiasGradientKernel(void *, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  const Rows rows = RowsOf(call, 0);
  float *db = call.out(0, {rows.channels});
  if (!db) return;
  ColumnSums sums(rows);
  ForRuns(rows, [&](int64_t chunk, int64_t from, int64_t count) { sums.Add(chunk, call.in(0) + from * rows.channels, count); });
  sums.Write(db);
}

const Register bias_gradient({"LabBiasGradient", {}, {"dy: float"}, {"db: float"}, UnknownShapes, BiasGradientKernel});

}  // namespace

Rows RowsOf(const Call &call, int input) {
  const int64_t channels = call.shape(input).back();
  return {channels > 0 ? call.count(input) / channels : 0, channels, std::max<int64_t>(8, kChunkElements / std::max<int64_t>(1, channels))};
}

void ForRuns(const Rows &rows, const std::function<void(int64_t, int64_t, int64_t)> &work) {
  ForChunks(rows.chunks(), [&](int64_t chunk) {
    const int64_t end = std::min(rows.count, (chunk + 1) * rows.size);
    for (int64_t from = chunk * rows.size; from < end; from += kRun) work(chunk, from, std::min(kRun, end - from));
  });
}

void Total(const float *a, const float *b, const float *s, const float *t, const Rows &rows, std::vector<double> *sums, std::vector<double> *products, const std::function<void(int64_t, int64_t)> &prepare) {
  std::vector<double> partial(rows.chunks() * 2 * rows.channels, 0.0);
  ForRuns(rows, [&](int64_t chunk, int64_t from, int64_t count) {
    if (prepare) prepare(from, count);
    float *run = RunOf(2 * rows.channels);
    double *part = partial.data() + chunk * 2 * rows.channels;
    const int64_t at = from * rows.channels;
    Sums(a + at, b + at, s, t, count, rows.channels, run, run + rows.channels);
    for (int64_t c = 0; c < 2 * rows.channels; c++) part[c] += run[c];
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

void ColumnSums::Add(int64_t chunk, const float *a, int64_t count) {
  float *run = RunOf(rows_.channels);
  Columns(a, count, rows_.channels, run);
  double *part = partial_.data() + chunk * rows_.channels;
  for (int64_t c = 0; c < rows_.channels; c++) part[c] += run[c];
}

void ColumnSums::Write(float *sums) const {
  std::vector<double> total(rows_.channels, 0.0);
  for (int64_t chunk = 0; chunk < rows_.chunks(); chunk++) {
    for (int64_t c = 0; c < rows_.channels; c++) total[c] += partial_[chunk * rows_.channels + c];
  }
  for (int64_t c = 0; c < rows_.channels; c++) sums[c] = static_cast<float>(total[c]);
}

}  // namespace lab
