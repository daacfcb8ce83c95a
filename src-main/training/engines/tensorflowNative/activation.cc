// GELU by erf and its gradient, in one pass each. Both erf and exp are polynomials that vectorise; their error is a few units of 2^-23.
#include "activation.h"

#include "kernel.h"
#include "pool.h"

namespace lab {
namespace {

constexpr int64_t kChunk = 32768;
constexpr float kInverseRoot2 = 0.70710678f;      // 1 / √2
constexpr float kInverseRoot2Pi = 0.39894228f;    // 1 / √(2π)

// The rational approximation of erf on [-4, 4] that Eigen and TensorFlow use, too.
inline float Erf(float x) {
  x = x > 4.f ? 4.f : (x < -4.f ? -4.f : x);
  const float y = x * x;
  float p = -2.72614225801306e-10f;
  p = p * y + 2.77068142495902e-08f;
  p = p * y - 2.10102402082508e-06f;
  p = p * y - 5.69250639462346e-05f;
  p = p * y - 7.34990630326855e-04f;
  p = p * y - 2.95459980854025e-03f;
  p = p * y - 1.60960333262415e-02f;
  float q = -1.45660718464996e-05f;
  q = q * y - 2.13374055278905e-04f;
  q = q * y - 1.68282697438203e-03f;
  q = q * y - 7.37332916720468e-03f;
  q = q * y - 1.42647390514189e-02f;
  return x * p / q;
}

// exp for x <= 0: 2^n · e^f with n an integer and |f| <= ln 2 / 2; Cephes' polynomial.
inline float ExpOfNegative(float x) {
  x = x < -87.f ? -87.f : x;
  const int n = static_cast<int>(x * 1.44269504f - 0.5f);
  const float f = x - n * 0.693359375f + n * 2.12194440e-4f;
  float r = 1.9875691500e-4f;
  r = r * f + 1.3981999507e-3f;
  r = r * f + 8.3334519073e-3f;
  r = r * f + 4.1665795894e-2f;
  r = r * f + 1.6666665459e-1f;
  r = r * f + 5.0000001201e-1f;
  r = r * f * f + f + 1.f;
  const int bits = (n + 127) << 23;
  float scale;
  __builtin_memcpy(&scale, &bits, sizeof scale);
  return r * scale;
}

LAB_EVERY_CPU void Forward(const float *x, float *y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = x[i] * 0.5f * (1.f + Erf(x[i] * kInverseRoot2));
}

LAB_EVERY_CPU void Backward(const float *dy, const float *x, float *dx, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    const float cdf = 0.5f * (1.f + Erf(x[i] * kInverseRoot2));
    dx[i] = dy[i] * (cdf + x[i] * kInverseRoot2Pi * ExpOfNegative(-0.5f * x[i] * x[i]));
  }
}

void GeluKernel(void *, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  float *y = call.out(0, call.shape(0));
  if (y) ForRange(call.count(0), kChunk, [&](int64_t from, int64_t to) { Gelu(call.in(0) + from, y + from, to - from); });
}

void GeluGradientKernel(void *, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  float *dx = call.out(0, call.shape(1));
  if (dx) ForRange(call.count(1), kChunk, [&](int64_t from, int64_t to) { GeluGradient(call.in(0) + from, call.in(1) + from, dx + from, to - from); });
}

const Register gelu({"LabGelu", {}, {"x: float"}, {"y: float"}, SameShape<0, 1>, GeluKernel});
const Register gelu_gradient({"LabGeluGradient", {}, {"dy: float", "x: float"}, {"dx: float"}, SameShape<1, 1>, GeluGradientKernel});

}  // namespace

void Gelu(const float *x, float *y, int64_t count) { Forward(x, y, count); }

void GeluGradient(const float *dy, const float *x, float *dx, int64_t count) { Backward(dy, x, dx, count); }

}  // namespace lab
