// The profile of a program: every task in its order with all its chunks, the fastest of the runs, and steps that are real ones.
import { afterEach, expect, test, vi } from 'vitest';
import type { WasmStep } from '../../../../src-main/training/engines/wasm/compile.ts';
import { createWasmEngine } from '../../../../src-main/training/engines/wasm/index.ts';
import { timeTasks } from '../../../../src-main/training/engines/wasmThreads/profile.ts';
import { createSubject, opener, subjectBatch, subjectShape } from '../../../helpers/compiledSteps.ts';

afterEach(() => { vi.restoreAllMocks(); });

/** A clock that says these times, one a reading. */
const clock = (times: number[]) => vi.spyOn(performance, 'now').mockImplementation(() => times.shift()!);

test('every run goes through all chunks of all tasks in their order; a task tells the fastest of its runs', () => {
  const calls: string[] = [];
  const kernel = (name: string) => (...args: number[]) => { calls.push([name, ...args].join(' ')); };
  const tasks = [{ kernel: kernel('a'), chunks: 2, args: [0, 64, 7] }, { kernel: kernel('b'), chunks: 1, args: [0, 128] }];
  clock([0, 5, 10, 11, 20, 23, 30, 34]);
  expect(timeTasks(tasks, ['gelu', 'add'], 2)).toEqual([
    { name: 'gelu', chunks: 2, args: [64, 7], milliseconds: 3 },
    { name: 'add', chunks: 1, args: [128], milliseconds: 1 },
  ]);
  expect(calls).toEqual(['a 0 64 7', 'a 1 64 7', 'b 0 128', 'a 0 64 7', 'a 1 64 7', 'b 0 128']);
});

const engineOf = opener(createWasmEngine);

/** The subject's parameters after two steps on one batch. */
async function afterTwo(take: (step: WasmStep, inputs: ReturnType<typeof subjectBatch>) => Promise<void>): Promise<Float32Array[]> {
  const engine = await engineOf({ threads: 1 });
  const { model, optimizer, plan, dispose } = createSubject();
  const step = await engine.compile(plan.step, plan.inputs(subjectShape), plan.state) as WasmStep;
  await take(step, subjectBatch(0, optimizer.hyper(0.01)));
  const values: Float32Array[] = [];
  for (const { variable } of model.parameters) values.push(await engine.read(variable));
  step.dispose();
  dispose();
  return values;
}

test('a compiled step that is profiled moves its state as runs do, and names its kernels', async () => {
  const names: string[] = [];
  const profiled = await afterTwo(async (step, inputs) => { names.push(...step.profile(inputs, 2).map(({ name }) => name)); });
  const run = await afterTwo(async (step, inputs) => { for (let turn = 0; turn < 2; turn += 1) await step.run(inputs); });
  expect(profiled).toEqual(run);
  expect(names).toContain('geluAndSlope');
});
