// Compiled steps of the wasm engine: what holds on every engine, any number of threads, memory that runs out.
import { findBackend } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { WasmBackend } from '../../../../src-main/training/engines/wasm/backend.ts';
import { createWasmEngine } from '../../../../src-main/training/engines/wasm/index.ts';
import { createSubject, describeCompiledSteps, opener, trained } from '../../../helpers/compiledSteps.ts';

const heapOf = () => (findBackend('lab-wasm') as WasmBackend).heap;

describeCompiledSteps({
  name: 'wasm', create: () => createWasmEngine({ threads: 2 }),
  held: () => { const { blocks, used } = heapOf(); return { blocks, used }; },
  ofStep: ['blocks', 'used'],
});

describe('compiled steps on wasm', () => {
  const engineOf = opener(createWasmEngine);

  test('give the same bits with one, two and three threads, and while the engine chooses', async () => {
    const one = await trained(await engineOf({ threads: 1 }), { steps: 8 });
    for (const threads of [2, 3, 0]) expect(await trained(await engineOf({ threads }), { steps: 8 })).toEqual(one);
  });

  test('that need more memory than there is are refused, saying how much is needed and what to do', async () => {
    const engine = await engineOf({ threads: 1, maxMemoryBytes: 2 ** 22 });
    const heap = heapOf();
    const blocks = heap.blocks;
    const { plan, dispose } = createSubject();
    const mine = heap.blocks;
    await expect(engine.compile(plan.step, plan.inputs([512, 12, 12, 3]), plan.state)).rejects.toThrow(/needs \d+ MiB more.*Lower dataset.data_module.batch_size/);
    expect(heap.blocks).toBe(mine);
    dispose();
    expect(heap.blocks).toBe(blocks);
  });
});
