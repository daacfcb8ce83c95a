// Mean softmax cross entropy with integer labels, as torch.nn.functional.cross_entropy(ignore_index=-1).
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { defineGradient, runMany, runOne } from './run.ts';

/**
 * @param inputs logits [N, K], labels int32 [N]; a label of -1 leaves its row out
 * @returns the mean loss over the labelled rows, the softmax [N, K], and how many rows have their label as first maximum
 */
export function softmaxCrossEntropy(inputs: { logits: Tensor2D; labels: Tensor1D }): { loss: Scalar; probabilities: Tensor2D; correct: Scalar } {
  const [loss, probabilities, correct] = runMany('LabSoftmaxCrossEntropy', inputs);
  return { loss: loss as Scalar, probabilities: probabilities as Tensor2D, correct: correct as Scalar };
}

defineGradient('LabSoftmaxCrossEntropy', {
  inputs: ['labels'],
  outputs: [false, true, false],
  gradient: (dys, [labels, probabilities]) => ({
    logits: () => runOne('LabSoftmaxCrossEntropyGradient', {
      dloss: (dys as Tensor[])[0] as Tensor, probabilities: probabilities as Tensor, labels: labels as Tensor,
    }),
  }),
});
