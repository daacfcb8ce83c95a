// What a run's page says of the engine: loud where it is not what was asked for.
import { expect, test } from 'vitest';
import type { EngineInfo } from '#contract';
import { engineRemarks, engineText, precisionText } from '../../../../src-renderer/views/run/head/engineText.ts';

const wasm: EngineInfo = { name: 'wasm', device: 'CPU', threads: 4 };
const remarksOf = (engine: EngineInfo | null, train = {}) => engineRemarks({ engine, config: { train } });

test('an engine with its device, threads and precision', () => {
  expect([engineText(wasm), engineText({ ...wasm, threads: 1 }), precisionText(wasm)]).toEqual(['wasm CPU, 4 threads', 'wasm CPU, 1 thread', 'float32']);
  expect([precisionText({ ...wasm, tf32: true }), precisionText({ ...wasm, tf32: true, mixedPrecision: 'float16' })]).toEqual([expect.stringContaining('TF32'), expect.stringContaining('products in float16')]);
});

test('what was asked for needs no remark', () => {
  expect([remarksOf(null), remarksOf(wasm, { mixed_precision: 'none' }), remarksOf({ ...wasm, mixedPrecision: 'float16' }, { mixed_precision: 'float16' })]).toEqual([[], [], []]);
});

test('another device, another precision, another engine before: each with its reason', () => {
  const remarks = remarksOf({ ...wasm, fallbackFrom: 'cuda', reason: 'No such GPU.', earlier: [{ name: 'tensorflow', device: 'CPU', threads: 2, version: '0.1.0', until: 3000 }] }, { mixed_precision: 'bfloat16' });
  expect(remarks).toEqual([
    { title: 'Trained on wasm; cuda is not available here', lines: ['No such GPU.'] },
    { title: 'Not the precision that was asked for: float32 instead of bfloat16', lines: ['wasm cannot compute in bfloat16 here.'] },
    { title: expect.stringMatching(/^Not one engine: the bits are not/) as string, lines: ['Steps to 3,000: tensorflow CPU, 2 threads, version 0.1.0.'] },
  ]);
});
