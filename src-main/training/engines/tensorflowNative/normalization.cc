// Batch normalisation over all but the last axis, and its gradient: two passes over memory each. Differences to the first row are
// summed, so that a large mean does not cancel. Where GELU goes before, a recorded step has both in the same passes, and the
// gradient of the bias before GELU as well: run by run the same functions over the same numbers, so that no bit differs.
#include <algorithm>
#include <cmath>
#include <vector>

#include "activation.h"
#include "kernel.h"
#include "pool.h"
#include "sums.h"

namespace lab {
namespace {

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

// Inputs x, gamma, beta; outputs y, mean, variance (biased). Joined: outputs GELU(x) before these, which is what is normalised.
template <bool Joined>
void TrainingKernel(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  constexpr int first = Joined ? 1 : 0;
  const Rows rows = RowsOf(call, 0);
  const float *in = call.in(0), *gamma = call.in(1), *beta = call.in(2);
  float *activated = Joined ? call.out(0, call.shape(0)) : nullptr;
  float *y = call.out(first, call.shape(0)), *mean = call.out(first + 1, call.shape(1)), *variance = call.out(first + 2, call.shape(1));
  if ((Joined && !activated) || !y || !mean || !variance) return;
  const auto activate = [&](int64_t from, int64_t count) { Gelu(in + from * rows.channels, activated + from * rows.channels, count * rows.channels); };
  if (Joined) activate(0, std::min(rows.count, kRun));
  const float *x = Joined ? activated : in;
  // A copy, as the first run is activated again while others are read.
  const std::vector<float> origin(x, x + rows.channels);
  std::vector<double> sums, squares;
  if (Joined) Total(x, x, origin.data(), origin.data(), rows, &sums, &squares, activate);
  else Total(x, x, origin.data(), origin.data(), rows, &sums, &squares);
  std::vector<float> scale(rows.channels), shift(rows.channels);
  for (int64_t c = 0; c < rows.channels; c++) {
    const double offset = sums[c] / rows.count, spread = squares[c] / rows.count - offset * offset;
    mean[c] = static_cast<float>(origin[c] + offset);
    variance[c] = static_cast<float>(spread < 0 ? 0 : spread);  // NaN stays
    const double factor = gamma[c] / std::sqrt(variance[c] + static_cast<double>(static_cast<Attributes *>(kernel)->eps));
    scale[c] = static_cast<float>(factor);
    shift[c] = static_cast<float>(beta[c] - offset * factor);
  }
  ForRange(rows.count, rows.size, [&](int64_t from, int64_t to) {
    Affine(x + from * rows.channels, origin.data(), scale.data(), shift.data(), to - from, rows.channels, y + from * rows.channels);
  });
}

// Inputs dy, x, gamma, mean, variance; outputs dx, dgamma, dbeta. Joined: a further input is what GELU had, of which dx is the gradient
// then; a further output is the sum of dx over the rows.
template <bool Joined>
void GradientKernel(void *kernel, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  const Rows rows = RowsOf(call, 1);
  const float *dy = call.in(0), *x = call.in(1), *gamma = call.in(2), *mean = call.in(3), *variance = call.in(4), *before = Joined ? call.in(5) : nullptr;
  float *dx = call.out(0, call.shape(1)), *dgamma = call.out(1, call.shape(2)), *dbeta = call.out(2, call.shape(2)), *dbias = Joined ? call.out(3, call.shape(2)) : nullptr;
  if (!dx || !dgamma || !dbeta || (Joined && !dbias)) return;
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
  ColumnSums bias(rows);
  ForRuns(rows, [&](int64_t chunk, int64_t from, int64_t count) {
    static thread_local std::vector<float> run;
    const int64_t at = from * rows.channels;
    if (Joined) run.resize(count * rows.channels);
    Gradient(dy + at, x + at, mean, scale.data(), slope.data(), shift.data(), count, rows.channels, Joined ? run.data() : dx + at);
    if (!Joined) return;
    GeluGradient(run.data(), before + at, dx + at, count * rows.channels);
    bias.Add(chunk, dx + at, count);
  });
  if (Joined) bias.Write(dbias);
}

const std::vector<const char *> eps{"eps: float"};
const Register training({"LabBatchNormTraining", eps, {"x: float", "gamma: float", "beta: float"}, {"y: float", "mean: float", "variance: float"}, UnknownShapes, TrainingKernel<false>, ReadAttributes, DeleteAttributes});
const Register gradient({"LabBatchNormGradient", eps, {"dy: float", "x: float", "gamma: float", "mean: float", "variance: float"}, {"dx: float", "dgamma: float", "dbeta: float"}, UnknownShapes, GradientKernel<false>, ReadAttributes, DeleteAttributes});
const Register joined({"LabGeluBatchNormTraining", eps, {"x: float", "gamma: float", "beta: float"}, {"activated: float", "y: float", "mean: float", "variance: float"}, UnknownShapes, TrainingKernel<true>, ReadAttributes, DeleteAttributes});
const Register joined_gradient({"LabGeluBatchNormGradient", eps, {"dy: float", "activated: float", "gamma: float", "mean: float", "variance: float", "x: float"}, {"dx: float", "dgamma: float", "dbeta: float", "dbias: float"}, UnknownShapes, GradientKernel<true>, ReadAttributes, DeleteAttributes});

}  // namespace
}  // namespace lab
