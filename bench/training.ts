// What the training benches share: the published model families and the MNIST demo as compiled VSGD steps.
import type { ModelChoice, OptimizerChoice } from '#contract';
import { createModel, createOptimizer, createTrainStep, type Engine } from '#training';

export type Subject = { name: string; model: ModelChoice; shape: [number, number, number, number] };

export const vsgd: OptimizerChoice = { name: 'vsgd', options: { params: null, lr: 0.01, ps: 1e-7, weight_decay: 0, ghattg: 30, tau1: 0.81, tau2: 0.9, eps: 1e-8 } };

export const subjects: Subject[] = [
  { name: 'MNIST ConvMixer 16/4/k3/p2', model: { name: 'convmixer', options: { dim: 16, depth: 4, kernel_size: 3, patch_size: 2, num_classes: 10 } }, shape: [32, 28, 28, 1] },
  { name: 'ConvMixer 256/8/k5', model: { name: 'convmixer', options: { dim: 256, depth: 8, kernel_size: 5, patch_size: 2, num_classes: 100 } }, shape: [32, 32, 32, 3] },
  { name: 'VGG16', model: { name: 'vgg', options: { cfg_id: 'D', batch_norm: true, num_classes: 100 } }, shape: [32, 32, 32, 3] },
  { name: 'ResNeXt cardinality 8 depth 18', model: { name: 'resnext', options: { cardinality: 8, depth: 18, widen_factor: 4, dropRate: 0, num_classes: 100 } }, shape: [32, 32, 32, 3] },
  { name: 'ResNet-18', model: { name: 'resnet', options: { embedding_size: 64, hidden_sizes: [64, 128, 256, 512], depths: [2, 2, 2, 2], downsample_in_first_stage: false, num_classes: 100 } }, shape: [32, 32, 32, 3] },
];

export const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

/** Milliseconds of `runs` compiled steps on noise after `warmup` more, and the bytes that the step holds. */
export async function timeSteps(engine: Engine, subject: Subject, { warmup, runs }: { warmup: number; runs: number }): Promise<{ times: number[]; bytes: number; parameters: number }> {
  const model = createModel(subject.model, { channels: subject.shape[3], size: subject.shape[1], seed: 1 });
  const optimizer = createOptimizer(vsgd, model.parameters);
  const plan = createTrainStep(model, optimizer);
  const compiled = await engine.compile(plan.step, plan.inputs(subject.shape), plan.state);
  const images = Float32Array.from({ length: subject.shape.reduce((product, side) => product * side, 1) }, () => Math.random());
  const labels = Int32Array.from({ length: subject.shape[0] }, (_, index) => index % 10);
  const times: number[] = [];
  for (let run = 0; run < warmup + runs; run += 1) {
    const start = performance.now();
    await compiled.run({ images, labels, hyper: optimizer.hyper(0.01), limits: new Float32Array(2) });
    optimizer.t += 1;
    if (run >= warmup) times.push(performance.now() - start);
  }
  const result = { times, bytes: compiled.bytes, parameters: model.parameterCount };
  compiled.dispose();
  optimizer.dispose();
  model.dispose();
  return result;
}
