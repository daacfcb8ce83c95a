// Updates and squares of many tensors at once: few dispatches, each number in its place.
import { tensor, variable, type Tensor1D, type Variable } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { Block } from '../../../../src-main/training/engines/recording/block.ts';
import type { DeviceMemory } from '../../../../src-main/training/engines/webgpu/memory.ts';
import { placeInstructions } from '../../../../src-main/training/engines/webgpu/place.ts';
import { chunkOf, type Instruction } from '../../../../src-main/training/engines/webgpu/sink.ts';
import { gradientControl, sgdUpdate } from '../../../../src-main/training/operations/update.ts';
import { sgdElement } from '../../../../src-main/training/operations/reference/update.ts';
import { openWebgpu, webgpu } from '../../../helpers/webgpu.ts';

/** Memory in which an address is buffer · 2^40 + offset, and tables are remembered. */
function pretend(maxBindingBytes: number) {
  const buffers = Array.from({ length: 64 }, (_, index) => ({ index }) as unknown as GPUBuffer);
  const tables: number[][] = [];
  let owned = 32;
  const memory = {
    limits: { maxBufferBytes: 2 ** 31, maxBindingBytes },
    slice: (address: number, bytes: number) => ({ buffer: buffers[Math.floor(address / 2 ** 40)]!, offset: address % 2 ** 40, size: Math.ceil(bytes / 16) * 16 }),
    own: () => (owned++) * 2 ** 40,
    write: (_: number, numbers: Uint32Array) => tables.push([...numbers]),
  } as unknown as DeviceMemory;
  return { memory, tables };
}

const block = (buffer: number, offset: number, count: number): Block => ({ bytes: 4 * count, kind: 'eager', address: buffer * 2 ** 40 + offset, references: 1, version: 0 });
const [hyper, control] = [block(0, 0, 6), block(0, 256, 3)];
const update = (count: number, buffer: number, offset: number): Instruction => ({
  kind: 'update', rule: 'sgd', count, gradient: block(1, offset, count), targets: [block(buffer, 1024 + offset, count), block(buffer, 2 ** 20 + offset, count)], hyper, control,
});

describe('placing', () => {
  test('updates whose memory lies in the same buffers are one dispatch, with an entry per chunk', () => {
    const { memory, tables } = pretend(2 ** 30);
    const { placed, tables: addresses } = placeInstructions(memory, [update(chunkOf + 5, 2, 0), update(7, 2, 65536)]);
    expect(placed).toHaveLength(1);
    expect(addresses).toHaveLength(1);
    expect(placed[0]!.workgroups).toEqual([3, 1, 1]);
    const rows = Array.from({ length: 3 }, (_, row) => tables[0]!.slice(6 * row, 6 * row + 6));
    expect(rows.map(([count]) => count)).toEqual([chunkOf, 5, 7]);
    expect(rows[1]!.slice(1, 4).map((value, column) => value - rows[0]![column + 1]!)).toEqual([chunkOf / 4, chunkOf / 4, chunkOf / 4]);
    expect(rows[1]!.slice(4)).toEqual(rows[0]!.slice(4));
  });

  test('other buffers, a binding too long, another rule or an instruction between make more', () => {
    const count = (limit: number, ...instructions: Instruction[]) => placeInstructions(pretend(limit).memory, instructions).placed.length;
    expect(count(2 ** 30, update(8, 2, 0), update(8, 3, 0))).toBe(2);
    expect(count(2 ** 20 + 2 ** 12, update(8, 2, 0), update(8, 2, 2 ** 19))).toBe(2);
    expect(count(2 ** 30, update(8, 2, 0), { ...update(8, 2, 4096), rule: 'nesterov' } as Instruction)).toBe(2);
    expect(count(2 ** 30, update(8, 2, 0), { kind: 'dispatch', source: '', blocks: [], workgroups: [1, 1, 1] }, update(8, 2, 4096))).toBe(3);
    expect(count(2 ** 30, { kind: 'squares', partial: block(1, 0, 2), parts: [{ block: block(1, 4096, 8), count: 8 }, { block: block(1, 8192, 8), count: 8 }] })).toBe(1);
  });
});

test.skipIf(!webgpu.usable)('parameters of several chunks, of one element and of a whole chunk are all updated (needs an adapter)', async () => {
  const engine = await openWebgpu();
  const sizes = [2 * chunkOf + 1234, 1, chunkOf];
  const make = (size: number, phase: number) => Float32Array.from({ length: size }, (_, index) => Math.sin(0.37 * index + phase));
  const variables = sizes.map((size, k) => ({ w: variable(tensor(make(size, k))) as Variable, buffer: variable(tensor(make(size, 10 + k))) as Variable }));
  const specs = Object.fromEntries(sizes.map((size, k) => [`g${k}`, { shape: [size], dtype: 'float32' as const }]));
  const hyper = Float32Array.of(0.1, 0.01, 0.9, 1, 0, 0);
  const step = await engine.compile((inputs) => {
    const gradients = sizes.map((_, k) => inputs[`g${k}`]!);
    const control = gradientControl({ loss: inputs.loss as never, limits: inputs.limits as Tensor1D, gradients });
    variables.forEach(({ w, buffer }, k) => {
      const [newW, newBuffer] = sgdUpdate({ parameter: w, gradient: gradients[k]!, buffer, hyper: inputs.hyper!, control }, false);
      w.assign(newW as never);
      buffer.assign(newBuffer as never);
    });
    return { control };
  }, { ...specs, loss: { shape: [], dtype: 'float32' }, limits: { shape: [2], dtype: 'float32' }, hyper: { shape: [6], dtype: 'float32' } }, variables.flatMap(({ w, buffer }) => [w, buffer]));
  const gradients = sizes.map((size, k) => make(size, 20 + k));
  const { control } = await step.run({ ...Object.fromEntries(gradients.map((gradient, k) => [`g${k}`, gradient])), loss: Float32Array.of(1), limits: Float32Array.of(10, 0), hyper });
  const norm = Math.hypot(...gradients.map((gradient) => Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0))));
  expect(control![0]! / norm).toBeCloseTo(1, 5);
  expect(control![1]! * norm).toBeCloseTo(10, 3);
  const element = sgdElement(hyper, false);
  for (const [k, { w, buffer }] of variables.entries()) {
    const [actual, moved] = [await engine.read(w), await engine.read(buffer)];
    const worst = gradients[k]!.reduce((most, gradient, index) => {
      const [wanted, wantedBuffer = 0] = element(Math.fround(Math.sin(0.37 * index + k)), control![1]! * gradient, [Math.fround(Math.sin(0.37 * index + 10 + k))]);
      return Math.max(most, Math.abs(wanted - actual[index]!), Math.abs(wantedBuffer - moved[index]!));
    }, 0);
    expect(worst, `parameter ${k}`).toBeLessThan(1e-5);
  }
  step.dispose();
  variables.forEach(({ w, buffer }) => { w.dispose(); buffer.dispose(); });
  await engine.dispose();
});
