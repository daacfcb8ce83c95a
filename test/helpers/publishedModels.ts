// Every architecture against the published PyTorch code on one engine: logits, gradients, running statistics, losses of four compiled steps.
import { readFileSync } from 'node:fs';
import { keep, tensor, tidy, variableGrads, type Tensor, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelChoice, OptimizerChoice } from '#contract';
import { createEvaluationStep, createModel, createOptimizer, createTrainStep, fromTorch, toTorch, type Engine, type Model } from '#training';
import { softmaxCrossEntropy } from '../../src-main/training/operations/loss.ts';
import { inputImages, parameterValues, type EngineCase } from './reference.ts';
import { hasShared, sharedPath } from './shared.ts';
import { tolerances } from '../reference/tolerances.ts';

type Case = {
  name: string; batch: number; channels: number; size: number; classes: number; labels: number[]; parameters: number;
  tensors: { name: string; shape: number[]; grad_sum: number; grad_norm: number; grad_first: number[] }[];
  train_logits: number[][]; loss: number; running: Record<string, number[]>; eval_logits_after_one_forward: number[][];
  losses_vsgd: number[]; losses_sgd: number[];
};

const long = ['1', 'all'].includes(process.env.VSGD_LAB_LONG ?? '');
/** Minutes to half an hour each in plain JavaScript, and nothing in them that smaller ones have not; the same holds for four steps of any but the smallest. */
const biggest = ['tiny_imagenet_resnext', 'tiny_imagenet_vgg', 'tiny_imagenet_convmixer', 'resnext29'];
const { salt, cases } = hasShared ? (JSON.parse(readFileSync(sharedPath('reference/models.json'), 'utf8')) as { salt: number; cases: Case[] }) : { salt: 1, cases: [] };
/** What is quick enough for the gate; the rest is a stage of .ci/run. */
const quick: Record<string, string[]> = { cpu: ['mnist_convmixer'], wasm: ['mnist_convmixer', 'cifar100_convmixer', 'vgg11_without_batch_norm', 'cifar100_resnet', 'cifar100_resnext'], tensorflow: ['mnist_convmixer', 'cifar100_convmixer', 'vgg11_without_batch_norm', 'cifar100_vgg', 'cifar100_resnet', 'cifar100_resnext'], webgpu: ['mnist_convmixer', 'cifar100_convmixer'] };
/** Of these, the ones whose four steps are not: on a software adapter a step takes some ten seconds. */
const unstepped: Record<string, string[]> = { webgpu: (quick.webgpu ?? []).slice(1) };

function choiceOf({ name, classes }: Case): ModelChoice {
  const num_classes = classes;
  if (name === 'mnist_convmixer') return { name: 'convmixer', options: { dim: 16, depth: 4, kernel_size: 3, patch_size: 2, num_classes } };
  if (name.endsWith('convmixer')) return { name: 'convmixer', options: { dim: 256, depth: 8, kernel_size: 5, patch_size: 2, num_classes } };
  if (name === 'resnext29') return { name: 'resnext', options: { cardinality: 8, depth: 29, widen_factor: 4, dropRate: 0, num_classes } };
  if (name.endsWith('resnext')) return { name: 'resnext', options: { cardinality: 8, depth: 18, widen_factor: 4, dropRate: 0, num_classes } };
  if (name.endsWith('resnet')) return { name: 'resnet', options: { embedding_size: 64, hidden_sizes: [64, 128, 256, 512], depths: [2, 2, 2, 2], downsample_in_first_stage: false, num_classes } };
  if (name === 'vgg11_without_batch_norm') return { name: 'vgg', options: { cfg_id: 'A', batch_norm: false, num_classes } };
  return { name: 'vgg', options: { cfg_id: name.startsWith('tiny') ? 'E' : 'D', batch_norm: true, num_classes } };
}

async function filledModel(engine: Engine, reference: Case): Promise<Model> {
  const model = createModel(choiceOf(reference), { channels: reference.channels, size: reference.size, seed: 0 });
  for (const [k, parameter] of model.parameters.entries()) await engine.write(parameter.variable, fromTorch(parameter, parameterValues(k, parameter, salt)));
  return model;
}

const norm = (values: ArrayLike<number>) => Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));
function expectClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, { relative, scale, what }: { relative: number; scale?: number; what: string }): void {
  const size = scale ?? Math.max(...Array.from(wanted, Math.abs));
  const worst = Math.max(...Array.from(wanted, (value, index) => Math.abs(value - (actual[index] ?? NaN))));
  expect(worst, `${what}: largest difference ${worst}, size ${size}`).toBeLessThanOrEqual(relative * size);
}

const isDeep = ({ name }: Case): boolean => (tolerances.deep.names as readonly string[]).includes(name);

/** The values of tensors, which are disposed. */
async function valuesOf(tensors: Tensor[]): Promise<Float32Array[]> {
  const values: Float32Array[] = [];
  for (const one of tensors) values.push(Float32Array.from(await one.data()));
  tensors.forEach((one) => one.dispose());
  return values;
}

/** Declares the comparison on one engine, of the cases that `belongs` lets in: a file may hold a part, so that parts run side by side. */
export const comparePublishedModels = ({ name: engineName, create, missing = '', affordable = () => true }: EngineCase, belongs: (name: string) => boolean = () => true): void => void describe.skipIf(missing !== '')(`published models on ${engineName}${missing}`, () => {
  let engine: Engine;
  beforeAll(async () => { engine = await create(); });
  afterAll(() => engine.dispose());

  for (const reference of cases.filter(({ name }) => belongs(name))) {
    const isQuick = (quick[engineName] ?? []).includes(reference.name);
    const inPlainJs = engineName === 'cpu' && !isQuick;
    /** What a comparison is left to, or '' where it is made. */
    const leftTo = (stepped: boolean): string => {
      const level = inPlainJs && (stepped || biggest.includes(reference.name)) ? 'VSGD_LAB_LONG=all' : `${affordable(reference, stepped) ? '' : 'VSGD_LAB_GPU_TESTS=all '}VSGD_LAB_LONG=1`;
      const made = (isQuick && !(stepped && (unstepped[engineName] ?? []).includes(reference.name))) || process.env.VSGD_LAB_LONG === 'all' || (long && level === 'VSGD_LAB_LONG=1');
      return made ? '' : ` (needs ${level})`;
    };
    const images = () => inputImages([reference.batch, reference.size, reference.size, reference.channels], salt);

    test.skipIf(leftTo(false) !== '')(`${reference.name}: names, logits, gradients, statistics${leftTo(false)}`, async () => {
      const model = await filledModel(engine, reference);
      expect(model.parameterCount).toBe(reference.parameters);
      expect(model.parameters.map(({ name, shape }) => ({ name, shape }))).toEqual(reference.tensors.map(({ name, shape }) => ({ name, shape })));
      const shape: [number, number, number, number] = [reference.batch, reference.size, reference.size, reference.channels];
      // Read afterwards: a GPU gives values asynchronously only.
      const made = tidy(() => {
        let logits: Tensor | undefined;
        const { value, grads } = variableGrads(() => {
          const output = model.forward(tensor(images(), shape) as Tensor4D, true);
          logits = keep(output);
          return softmaxCrossEntropy({ logits: output, labels: tensor(reference.labels, [reference.batch], 'int32') as Tensor1D }).loss;
        }, model.parameters.map(({ variable }) => variable));
        return [logits as Tensor, value, ...model.parameters.map(({ variable }) => grads[variable.name] as Tensor)];
      });
      const [logits = new Float32Array(), loss = new Float32Array(), ...grads] = await valuesOf(made);
      const seen = { logits, loss: loss[0] as number, grads };
      expectClose(seen.logits, reference.train_logits.flat(), { relative: tolerances.logits, what: 'logits' });
      expectClose([seen.loss], [reference.loss], { relative: tolerances.loss, what: 'loss' });
      // A bias before batch norm has no gradient but rounding; its size is judged against the whole.
      const floor = 1e-5 * norm(reference.tensors.map((tensorCase) => tensorCase.grad_norm));
      const { gradientNorm, gradientElement } = isDeep(reference) ? tolerances.deep : tolerances;
      reference.tensors.forEach((wanted, k) => {
        const gradient = toTorch(model.parameters[k]!, seen.grads[k]!);
        const scale = Math.max(wanted.grad_norm, floor / gradientNorm);
        expectClose([norm(gradient)], [wanted.grad_norm], { relative: gradientNorm, scale, what: `${wanted.name} gradient norm` });
        expectClose([gradient.reduce((sum, value) => sum + value, 0)], [wanted.grad_sum], { relative: gradientElement * Math.sqrt(gradient.length), scale, what: `${wanted.name} gradient sum` });
        expectClose(gradient, wanted.grad_first, { relative: gradientElement, scale, what: `${wanted.name} gradient` });
      });
      for (const buffer of model.buffers) {
        const wanted = reference.running[buffer.name]!;
        const values = await engine.read(buffer.variable);
        expectClose(values, wanted, { relative: tolerances.runningStatistics, scale: Math.max(1, ...wanted.map(Math.abs)), what: buffer.name });
      }
      const [evaluated = new Float32Array()] = await valuesOf([tidy(() => model.forward(tensor(images(), shape) as Tensor4D, false))]);
      expectClose(evaluated, reference.eval_logits_after_one_forward.flat(), { relative: tolerances.evaluation, what: 'evaluation logits' });
      model.dispose();
    }, 3_600_000);

    const choices: OptimizerChoice[] = [
      { name: 'vsgd', options: { params: null, lr: 0.01, ps: 1e-7, weight_decay: 0.01, ghattg: 30, tau1: 0.81, tau2: 0.9, eps: 1e-8 } },
      { name: 'sgd', options: { params: null, lr: 0.01, momentum: 0.9, dampening: 0, nesterov: false, weight_decay: 0 } },
    ];
    test.skipIf(leftTo(true) !== '').each(choices)(`${reference.name}: four compiled steps with $name${leftTo(true)}`, async (choice) => {
      const model = await filledModel(engine, reference);
      const optimizer = createOptimizer(choice, model.parameters);
      const plan = createTrainStep(model, optimizer);
      const shape = [reference.batch, reference.size, reference.size, reference.channels];
      const compiled = await engine.compile(plan.step, plan.inputs(shape), plan.state);
      const wanted = choice.name === 'vsgd' ? reference.losses_vsgd : reference.losses_sgd;
      const allowed = choice.name === 'sgd' && isDeep(reference) ? tolerances.deep.sgd
        : choice.name === 'vsgd' && reference.name === tolerances.vgg19.name ? tolerances.vgg19.vsgd : tolerances.lossesAfterSteps[choice.name as 'vsgd' | 'sgd'];
      for (const [index, loss] of wanted.entries()) {
        const outputs = await compiled.run({ images: images(), labels: Int32Array.from(reference.labels), hyper: optimizer.hyper(0.01), limits: new Float32Array(2) });
        optimizer.t += 1;
        expectClose(outputs.loss!, [loss], { relative: allowed[index]!, scale: Math.max(Math.abs(loss), tolerances.smallLoss), what: `loss ${index + 1}` });
      }
      compiled.dispose();
      optimizer.dispose();
      model.dispose();
    }, 3_600_000);
  }

  test.skipIf(!hasShared)(`evaluation steps compile and agree with the forward pass (needs ../shared)`, async () => {
    const reference = cases[0]!;
    const model = await filledModel(engine, reference);
    const plan = createEvaluationStep(model);
    const compiled = await engine.compile(plan.step, plan.inputs([4, 28, 28, 1]), plan.state);
    const outputs = await compiled.run({ images: images0(reference), labels: Int32Array.from(reference.labels) });
    const [eager = new Float32Array()] = await valuesOf([tidy(() => model.forward(tensor(images0(reference), [4, 28, 28, 1]) as Tensor4D, false))]);
    const correct = reference.labels.filter((label, row) => {
      const line = Array.from(eager.slice(row * 10, row * 10 + 10));
      return line.indexOf(Math.max(...line)) === label;
    }).length;
    expect(outputs.correct![0]).toBe(correct);
    compiled.dispose();
    model.dispose();
  });
});

const images0 = (reference: Case) => inputImages([reference.batch, reference.size, reference.size, reference.channels], salt);
