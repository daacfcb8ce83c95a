// GELU and batch norm of a recorded graph in one node, and their gradients with the bias's: joined where nothing else is between, with the bits of the kernels apart.
import { grads, keep, tensor, tidy, variable, type Tensor, type Tensor1D, type Tensor4D, type Variable } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { joinGelu } from '../../../../src-main/training/engines/tensorflow/joinGelu.ts';
import { Recorder } from '../../../../src-main/training/engines/tensorflow/record.ts';
import type { Traits, Value } from '../../../../src-main/training/engines/tensorflow/sink.ts';
import { kernels, runUpdate } from '../../../../src-main/training/engines/tensorflowKernels/index.ts';
import { gelu } from '../../../../src-main/training/operations/activation.ts';
import { conv2d } from '../../../../src-main/training/operations/convolution.ts';
import { batchNormTraining } from '../../../../src-main/training/operations/normalization.ts';
import { opener } from '../../../helpers/compiledSteps.ts';
import { u } from '../../../helpers/reference.ts';
import { createTestEngine, tensorflowCase } from '../../../helpers/tensorflow.ts';

const traits: Traits = { own: true, mixed: 'none', flat: false, gpu: false, groups: true };
const float = (...shape: number[]) => ({ shape, dtype: 'float32' as const });
type Given = { between?: 'gradient' | 'gamma' | 'output'; own?: boolean };

/** GELU, batch norm and their gradients as a step records them; `between` names what something else has a part in. */
function recorded({ between, own = true }: Given = {}) {
  const recorder = new Recorder({ ...traits, own }, runUpdate);
  const run = (name: string, inputs: Record<string, Value>) => kernels[name]!(recorder, inputs, { eps: 1e-5 });
  const [x, dy, gamma, beta] = [float(2, 3, 3, 4), float(2, 3, 3, 4), float(4), float(4)].map((spec) => recorder.placeholder(spec)) as [Value, Value, Value, Value];
  const [activated] = run('LabGelu', { x });
  const factor = between === 'gamma' ? run('LabRelu', { x: gamma })[0]! : gamma;
  const [y, mean, variance] = run('LabBatchNormTraining', { x: activated!, gamma: factor, beta });
  const [dactivated, dgamma, dbeta] = run('LabBatchNormGradient', { dy, x: activated!, gamma, mean: mean!, variance: variance! });
  const [dx] = run('LabGeluGradient', { dy: dactivated!, x });
  const [dbias] = run('LabBiasGradient', { dy: dx! });
  const others = between === 'gradient' ? run('LabRelu', { x: dactivated! }) : [];
  const given = between === 'output' ? [dactivated!] : [];
  const before = [y!, mean!, variance!, dx!, dgamma!, dbeta!, dbias!, ...others, ...given].map(({ node }) => node!);
  return { outputs: joinGelu(recorder, before), before, nodes: recorder.nodes.filter(({ op }) => op !== 'Placeholder' && op !== 'Const'), recorder };
}

const names = (given?: Given) => recorded(given).nodes.map(({ op }) => op);

afterEach(() => { vi.restoreAllMocks(); });

describe('joining', () => {
  test('puts one node in the place of two, and one in the place of three, and keeps who reads what', () => {
    const { nodes: [forward, backward, ...others], outputs, recorder } = recorded();
    expect([forward!.op, backward!.op, others]).toEqual(['LabGeluBatchNormTraining', 'LabGeluBatchNormGradient', []]);
    const [x, dy, gamma, beta] = recorder.nodes.filter(({ op }) => op === 'Placeholder').map(({ name }) => `${name}:0`);
    expect(forward!.inputs).toEqual([x, gamma, beta]);
    const of = ({ name }: { name: string }, ...indices: number[]) => indices.map((index) => `${name}:${index}`);
    expect(backward!.inputs).toEqual([dy, ...of(forward!, 0), gamma, ...of(forward!, 2, 3), x]);
    expect(outputs).toEqual([...of(forward!, 1, 2, 3), ...of(backward!, 0, 1, 2, 3)]);
    expect(forward!.attributes).toEqual({ eps: { float: 1e-5 } });
    // What is held at once: activated, y, dx and the vectors.
    expect(recorder.peakBytes(outputs)).toBe(4 * (3 * 72 + 5 * 4));
  });

  test('leaves alone what something else has a part in, and TensorFlow\'s own operations', () => {
    expect(names({ between: 'gradient' })).toEqual(['LabGeluBatchNormTraining', 'LabBatchNormGradient', 'LabGeluGradient', 'LabBiasGradient', 'Relu']);
    expect(names({ between: 'output' })).toEqual(['LabGeluBatchNormTraining', 'LabBatchNormGradient', 'LabGeluGradient', 'LabBiasGradient']);
    expect(names({ between: 'gamma' })).toEqual(['LabGelu', 'Relu', 'LabBatchNormTraining', 'LabBatchNormGradient', 'LabGeluGradient', 'LabBiasGradient']);
    const { before, outputs, nodes } = recorded({ own: false });
    expect(outputs).toEqual(before);
    expect(nodes.map(({ op }) => op).filter((op) => op.startsWith('Lab'))).toEqual([]);
  });
});

describe.skipIf(tensorflowCase.missing)(`joined kernels${tensorflowCase.missing ?? ''}`, () => {
  const engineOf = opener(createTestEngine);
  const fill = (stream: number, shape: number[]) => tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, index) => 2 * u(stream, index)), shape);

  // Rows of one run, of several, and of several chunks with a rest; channels of whole vectors, and not.
  test.each([[[1, 2, 3], 5], [[2, 10, 11], 32], [[3, 19, 23], 70], [[1, 1, 1], 8]] as const)('give the bits of the kernels apart for %j pixels of %i channels', async (pixels, channels) => {
    const engine = await engineOf();
    const merged = vi.spyOn(Recorder.prototype, 'merge');
    const shape = [...pixels, channels];
    const parameters = [[1, 1, 2, channels], [channels], [channels], [channels]].map((sides, stream) => variable(fill(stream, sides))) as Variable[];
    const step = ({ images, dy }: Record<string, Tensor>) => {
      let outputs: Record<string, Tensor> = {};
      const layer = (...[filter, bias, gamma, beta]: Tensor[]) => {
        const activated = gelu(conv2d({ x: images as Tensor4D, filter: filter as Tensor4D, bias: bias as Tensor1D }, { stride: 1, pads: [0, 0], groups: 1 }));
        const { y, mean, variance } = batchNormTraining({ x: activated, gamma: gamma as Tensor1D, beta: beta as Tensor1D }, 1e-5);
        outputs = { y: keep(y.clone()), mean: keep(mean.clone()), variance: keep(variance.clone()) };
        return y;
      };
      const gradients = grads(layer)(parameters, dy);
      return { ...outputs, ...Object.fromEntries(gradients.map((values, index) => [`gradient${index}`, values])) };
    };
    const [images, dy] = [fill(5, [...pixels, 2]), fill(6, shape)];
    const made = tidy(() => step({ images, dy }));
    const apart = Object.fromEntries(Object.entries(made).map(([name, values]) => [name, values.dataSync()]));
    const compiled = await engine.compile(step, { images: { shape: images.shape, dtype: 'float32' }, dy: { shape, dtype: 'float32' } }, parameters);
    expect(merged.mock.calls.map(([, { op }]) => op)).toEqual(['LabGeluBatchNormTraining', 'LabGeluBatchNormGradient']);
    const together = await compiled.run({ images: images.dataSync() as Float32Array, dy: dy.dataSync() as Float32Array });
    expect(Object.keys(together)).toEqual(Object.keys(apart));
    expect(Object.keys(apart).filter((name) => !together[name]!.every((value, index) => Object.is(value, apart[name]![index])))).toEqual([]);
    [...Object.values(made), images, dy, ...parameters].forEach((one) => one.dispose());
    compiled.dispose();
  });
});
