// Mean softmax cross entropy with integer labels, and its gradient, in float64 row by row; a label of -1 leaves its row out.
#include <cmath>

#include "kernel.h"

namespace lab {
namespace {

// Inputs logits [N, K], labels [N]; outputs loss [], probabilities [N, K], correct [] (rows whose first maximum is their label).
void LossKernel(void *, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  const std::vector<int64_t> shape = call.shape(0);
  float *loss = call.out(0, {}), *probabilities = call.out(1, shape), *correct = call.out(2, {});
  if (!loss || !probabilities || !correct) return;
  double total = 0;
  int64_t counted = 0, right = 0;
  for (int64_t row = 0; row < shape[0]; row++) {
    const float *logits = call.in(0) + row * shape[1];
    const int32_t label = call.ints(1)[row];
    int64_t largest = 0;
    for (int64_t k = 1; k < shape[1]; k++) if (logits[k] > logits[largest]) largest = k;
    double sum = 0;
    for (int64_t k = 0; k < shape[1]; k++) sum += std::exp(static_cast<double>(logits[k]) - logits[largest]);
    for (int64_t k = 0; k < shape[1]; k++) probabilities[row * shape[1] + k] = static_cast<float>(std::exp(static_cast<double>(logits[k]) - logits[largest]) / sum);
    if (label < 0) continue;
    counted++;
    right += largest == label;
    total += logits[largest] + std::log(sum) - logits[label];
  }
  *loss = static_cast<float>(total / counted);
  *correct = static_cast<float>(right);
}

// Inputs dloss [], probabilities [N, K], labels [N].
void LossGradientKernel(void *, TF_OpKernelContext *context) {
  Call call(context);
  if (!call.ok()) return;
  const std::vector<int64_t> shape = call.shape(1);
  float *dlogits = call.out(0, shape);
  if (!dlogits) return;
  const int32_t *labels = call.ints(2);
  int64_t counted = 0;
  for (int64_t row = 0; row < shape[0]; row++) counted += labels[row] >= 0;
  const float scale = static_cast<float>(static_cast<double>(call.in(0)[0]) / std::max<int64_t>(1, counted));
  for (int64_t row = 0; row < shape[0]; row++) {
    for (int64_t k = 0; k < shape[1]; k++) {
      const int64_t at = row * shape[1] + k;
      dlogits[at] = labels[row] < 0 ? 0.f : scale * (call.in(1)[at] - (k == labels[row] ? 1.f : 0.f));
    }
  }
}

const Register loss({"LabSoftmaxCrossEntropy", {}, {"logits: float", "labels: int32"}, {"loss: float", "probabilities: float", "correct: float"}, UnknownShapes, LossKernel});
const Register loss_gradient({"LabSoftmaxCrossEntropyGradient", {}, {"dloss: float", "probabilities: float", "labels: int32"}, {"dlogits: float"}, UnknownShapes, LossGradientKernel});

}  // namespace
}  // namespace lab
