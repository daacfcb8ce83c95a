// Gradient control and the optimizers' updates, one pass over memory each. Formulas and the meaning of `hyper` and `control`:
// operations/vocabulary.ts.
#include <cmath>
#include <cstring>

#include "kernel.h"
#include "pool.h"

namespace lab {
namespace {

constexpr int64_t kChunk = 32768;

LAB_EVERY_CPU double SquaresOf(const float *values, int64_t count) {
  double lanes[8] = {0};
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    for (int lane = 0; lane < 8; lane++) lanes[lane] += static_cast<double>(values[i + lane]) * values[i + lane];
  }
  for (; i < count; i++) lanes[0] += static_cast<double>(values[i]) * values[i];
  double sum = 0;
  for (double lane : lanes) sum += lane;
  return sum;
}

// Inputs loss [], hyper [2], then the gradients. Squares are summed in float64, chunk by chunk in their order.
void ControlKernel(void *, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  float *control = call.out(0, {3});
  if (!control) return;
  struct Piece { const float *values; int64_t count; };
  std::vector<Piece> pieces;
  for (int input = 2; input < call.inputs(); input++) {
    for (int64_t from = 0; from < call.count(input); from += kChunk) pieces.push_back({call.in(input) + from, std::min(kChunk, call.count(input) - from)});
  }
  std::vector<double> sums(pieces.size());
  ForChunks(pieces.size(), [&](int64_t chunk) { sums[chunk] = SquaresOf(pieces[chunk].values, pieces[chunk].count); });
  double squares = 0;
  for (double sum : sums) squares += sum;
  const double norm = std::sqrt(squares);
  const double limit = call.in(1)[0], threshold = call.in(1)[1];
  const bool skip = std::isnan(call.in(0)[0]) || std::isnan(norm) || (threshold > 0 && norm >= threshold);
  control[0] = static_cast<float>(norm);
  control[1] = static_cast<float>(limit > 0 ? std::min(1.0, limit / (norm + 1e-6)) : 1.0);
  control[2] = skip ? 0.f : 1.f;
}

struct Vsgd {
  static constexpr int kSlots = 3;
  LAB_EVERY_CPU static void Apply(const float *const *old, const float *g, float *const *fresh, int64_t count, const float *h, float scale) {
    const float lr = h[0], decay = h[1], rho1 = h[2], rho2 = h[3], inverse = h[4], pbg2 = h[5], pbhg2 = h[6], eps = h[7], sg0 = h[8], sh0 = h[9];
    const float *w = old[0], *mu = old[1], *bg = old[2], *bhg = old[3];
    float *nw = fresh[0], *nmu = fresh[1], *nbg = fresh[2], *nbhg = fresh[3];
    for (int64_t i = 0; i < count; i++) {
      const float gradient = scale * g[i];
      const float sg = sg0 + bg[i] * inverse, sh = sh0 + bhg[i] * inverse;
      const float total = 1.f / (sg + sh);
      // Shares of the whole come before products: sg sh would overflow after one gradient of 10^12, and leave NaN for good.
      const float trust = sg * total, doubt = sh * total;
      const float mean = gradient * trust + mu[i] * doubt, spread = sg * doubt;
      // m2 - 2 mu' mu + mu^2 = spread + (mu' - mu)^2: the same without cancellation.
      const float d1 = mean - mu[i], d2 = mean - gradient;
      nbg[i] = (1.f - rho1) * bg[i] + rho1 * (pbg2 + spread + d1 * d1);
      nbhg[i] = (1.f - rho2) * bhg[i] + rho2 * (pbhg2 + spread + d2 * d2);
      nw[i] = w[i] * decay - lr * mean / (std::sqrt(spread + mean * mean) + eps);
      nmu[i] = mean;
    }
  }
};

template <bool Decoupled>
struct Adam {
  static constexpr int kSlots = 2;
  LAB_EVERY_CPU static void Apply(const float *const *old, const float *g, float *const *fresh, int64_t count, const float *h, float scale) {
    const float rate = h[0], decay = h[1], beta1 = h[2], rest1 = h[3], beta2 = h[4], rest2 = h[5], inverse = h[6], eps = h[7];
    const float *w = old[0], *m = old[1], *v = old[2];
    float *nw = fresh[0], *nm = fresh[1], *nv = fresh[2];
    for (int64_t i = 0; i < count; i++) {
      const float gradient = Decoupled ? scale * g[i] : scale * g[i] + decay * w[i];
      const float mean = beta1 * m[i] + rest1 * gradient;
      const float square = beta2 * v[i] + rest2 * gradient * gradient;
      nw[i] = (Decoupled ? w[i] * decay : w[i]) - rate * mean / (std::sqrt(square) * inverse + eps);
      nm[i] = mean;
      nv[i] = square;
    }
  }
};

template <bool Nesterov>
struct Sgd {
  static constexpr int kSlots = 1;
  LAB_EVERY_CPU static void Apply(const float *const *old, const float *g, float *const *fresh, int64_t count, const float *h, float scale) {
    const float lr = h[0], decay = h[1], momentum = h[2], rest = h[3];
    const float *w = old[0], *buffer = old[1];
    float *nw = fresh[0], *nbuffer = fresh[1];
    for (int64_t i = 0; i < count; i++) {
      const float gradient = scale * g[i] + decay * w[i];
      const float moved = momentum * buffer[i] + rest * gradient;
      nw[i] = w[i] - lr * (Nesterov ? gradient + momentum * moved : moved);
      nbuffer[i] = moved;
    }
  }
};

// Inputs parameter, gradient, the slots, hyper, control; outputs parameter and slots. With apply 0 all are copied through.
template <typename Rule>
void UpdateKernel(void *, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  constexpr int states = Rule::kSlots + 1;
  const float *old[states];
  float *fresh[states];
  for (int state = 0; state < states; state++) {
    const int input = state == 0 ? 0 : state + 1;
    old[state] = call.in(input);
    fresh[state] = call.out(state, call.shape(input));
    if (!fresh[state]) return;
  }
  const float *gradient = call.in(1), *hyper = call.in(states + 1), *control = call.in(states + 2);
  ForRange(call.count(0), kChunk, [&](int64_t from, int64_t to) {
    const float *olds[states];
    float *news[states];
    for (int state = 0; state < states; state++) {
      olds[state] = old[state] + from;
      news[state] = fresh[state] + from;
      if (control[2] == 0.f) memcpy(news[state], olds[state], sizeof(float) * (to - from));
    }
    if (control[2] != 0.f) Rule::Apply(olds, gradient + from, news, to - from, hyper, control[1]);
  });
}

void ControlShape(TF_ShapeInferenceContext *context, TF_Status *status) {
  TF_ShapeHandle *shape = TF_ShapeInferenceContextVectorFromSize(context, 3);
  TF_ShapeInferenceContextSetOutput(context, 0, shape, status);
  TF_DeleteShapeHandle(shape);
}

const Register control({"LabGradientControl", {"N: int >= 0"}, {"loss: float", "hyper: float", "gradients: N * float"}, {"control: float"}, ControlShape, ControlKernel});
const Register vsgd({"LabVsgdUpdate", {}, {"parameter: float", "gradient: float", "mu: float", "bg: float", "bhg: float", "hyper: float", "control: float"},
                     {"new_parameter: float", "new_mu: float", "new_bg: float", "new_bhg: float"}, SameShape<0, 4>, UpdateKernel<Vsgd>});
const std::vector<const char *> adam_in{"parameter: float", "gradient: float", "m: float", "v: float", "hyper: float", "control: float"};
const std::vector<const char *> adam_out{"new_parameter: float", "new_m: float", "new_v: float"};
const Register adam({"LabAdamUpdate", {}, adam_in, adam_out, SameShape<0, 3>, UpdateKernel<Adam<false>>});
const Register adamw({"LabAdamwUpdate", {}, adam_in, adam_out, SameShape<0, 3>, UpdateKernel<Adam<true>>});
const std::vector<const char *> sgd_in{"parameter: float", "gradient: float", "buffer: float", "hyper: float", "control: float"};
const std::vector<const char *> sgd_out{"new_parameter: float", "new_buffer: float"};
const Register sgd({"LabSgdUpdate", {}, sgd_in, sgd_out, SameShape<0, 2>, UpdateKernel<Sgd<false>>});
const Register nesterov({"LabNesterovUpdate", {}, sgd_in, sgd_out, SameShape<0, 2>, UpdateKernel<Sgd<true>>});

}  // namespace
}  // namespace lab
