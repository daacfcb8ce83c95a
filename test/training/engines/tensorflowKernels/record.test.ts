// Recording without TensorFlow: nodes, deferred updates, memory, and the bytes of a graph.
import { describe, expect, test } from 'vitest';
import { encodeGraph } from '../../../../src-main/training/engines/tensorflow/graphDef.ts';
import { Recorder } from '../../../../src-main/training/engines/tensorflow/record.ts';
import type { Traits } from '../../../../src-main/training/engines/tensorflow/sink.ts';
import { kernels, runUpdate } from '../../../../src-main/training/engines/tensorflowKernels/index.ts';

const traits: Traits = { own: false, mixed: 'none', flat: true, gpu: true, groups: true };
const float = (...shape: number[]) => ({ shape, dtype: 'float32' as const });

/** Operations of a VSGD step over this many parameters, as a GPU runs it. */
function updateNodes(parameters: number): string[] {
  const recorder = new Recorder(traits, runUpdate);
  const [hyper, control] = [recorder.placeholder(float(10)), recorder.placeholder(float(3))];
  for (let index = 0; index < parameters; index += 1) {
    const [parameter, gradient, mu, bg, bhg] = Array.from({ length: 5 }, () => recorder.placeholder(float(4, index + 1)));
    const outputs = kernels.LabVsgdUpdate!(recorder, { parameter: parameter!, gradient: gradient!, mu: mu!, bg: bg!, bhg: bhg!, hyper, control }, {});
    expect(outputs.map(({ shape }) => shape)).toEqual(Array.from({ length: 4 }, () => [4, index + 1]));
  }
  recorder.finish();
  return recorder.nodes.filter(({ op }) => !['Placeholder', 'Const', 'Reshape'].includes(op)).map(({ op }) => op);
}

describe('the recorder', () => {
  test('computes the update of any number of tensors with the same few operations', () => {
    const few = updateNodes(2);
    expect(updateNodes(60)).toEqual(few);
    expect(few.filter((op) => op === 'ConcatV2')).toHaveLength(5);
    expect(few.filter((op) => op === 'SplitV')).toHaveLength(4);
  });

  test('knows the largest memory that lives at once', () => {
    const recorder = new Recorder({ ...traits, flat: false }, runUpdate);
    const x = recorder.placeholder(float(1000));
    const [a] = kernels.LabRelu!(recorder, { x }, {});
    const [b] = kernels.LabRelu!(recorder, { x: a! }, {});
    const [c] = kernels.LabRelu!(recorder, { x: b! }, {});
    expect(recorder.peakBytes([recorder.output(c!, new Set())])).toBe(2 * 4000);
  });

  test('shares equal constants and fills large uniform ones', () => {
    const recorder = new Recorder(traits, runUpdate);
    expect(recorder.upload(Float32Array.of(1, 2), [2])).toBe(recorder.upload(Float32Array.of(1, 2), [2]));
    recorder.upload(new Float32Array(5000).fill(1), [5000]);
    expect(recorder.nodes.map(({ op }) => op)).toEqual(['Const', 'Const', 'Const', 'Fill']);
  });
});

test('a graph is written as protobuf writes it', () => {
  const bytes = encodeGraph([{ name: 'a', op: 'Neg', inputs: ['x:0'], attributes: { T: { type: 'float32' }, n: { int: -1 } } }]);
  expect(Buffer.from(bytes).toString('hex')).toBe([
    '0a28', '0a0161', '12034e6567', '1a03783a30', // node: name, op, input
    '2a07' + '0a0154' + '12023001', // T: type 1
    '2a10' + '0a016e' + '120b18ffffffffffffffffff01', // n: -1
    '220308f30a', // versions: producer 1395
  ].join(''));
});
