// The training step and the evaluation step, written once; every engine compiles them.
import { keep, tidy, variableGrads, type Scalar, type Tensor, type Tensor1D, type Tensor4D, type Variable } from '@tensorflow/tfjs-core';
import type { InputSpec, StepFunction } from './engines/engine.ts';
import type { Model } from './models/model.ts';
import { softmaxCrossEntropy } from './operations/loss.ts';
import { gradientControl } from './operations/update.ts';
import type { Optimizer } from './optimizers/optimizer.ts';

/** A step with what `engine.compile` needs: its inputs for a batch shape, and its state. */
export type StepPlan = { step: StepFunction; inputs(shape: number[]): Record<string, InputSpec>; state: Variable[] };

const imageInputs = (shape: number[]): Record<string, InputSpec> => ({
  images: { shape, dtype: 'float32' },
  labels: { shape: [shape[0] as number], dtype: 'int32' },
});

/**
 * One training step: forward, loss, gradients, control, update.
 * Inputs images [N, H, W, C], labels [N], hyper (the optimizer's), limits [2] = (maxNorm, skipThreshold).
 * Outputs loss [], correct [] (count), control [3] = (norm, scale, apply).
 */
export function createTrainStep(model: Model, optimizer: Optimizer): StepPlan {
  const variables = model.parameters.map(({ variable }) => variable);
  const step: StepFunction = ({ images, labels, hyper, limits }) => {
    let correct: Scalar | undefined;
    const { value: loss, grads } = variableGrads(() => {
      const logits = model.forward(images as Tensor4D, true);
      const outcome = softmaxCrossEntropy({ logits, labels: labels as Tensor1D });
      correct = keep(outcome.correct); // tfjs would dispose it with the tape; the engine disposes outputs
      return outcome.loss;
    }, variables);
    const gradients = variables.map(({ name }) => grads[name] as Tensor);
    const control = gradientControl({ loss, limits: limits as Tensor1D, gradients });
    optimizer.apply(gradients, hyper as Tensor1D, control);
    return { loss, correct: correct as Scalar, control };
  };
  return {
    step,
    inputs: (shape) => ({ ...imageInputs(shape), hyper: { shape: [optimizer.hyperSize], dtype: 'float32' }, limits: { shape: [2], dtype: 'float32' } }),
    state: [...variables, ...model.buffers.map(({ variable }) => variable), ...optimizer.states.flatMap(({ slots }) => Object.values(slots))],
  };
}

/** Logits [N, classes] in evaluation mode. */
export function createPredictionStep(model: Model): StepPlan {
  return {
    step: ({ images }) => ({ logits: model.forward(images as Tensor4D, false) }),
    inputs: (shape) => ({ images: { shape, dtype: 'float32' } }),
    state: [...model.parameters, ...model.buffers].map(({ variable }) => variable),
  };
}

/** Loss (mean over labelled rows) and correct answers (count) in evaluation mode. */
export function createEvaluationStep(model: Model): StepPlan {
  return {
    step: ({ images, labels }) => tidy(() => {
      const { loss, correct } = softmaxCrossEntropy({ logits: model.forward(images as Tensor4D, false), labels: labels as Tensor1D });
      return { loss, correct };
    }),
    inputs: imageInputs,
    state: [...model.parameters, ...model.buffers].map(({ variable }) => variable),
  };
}
