// A run that goes on by another engine: the record holds which one computed the steps before, and the run directory alone tells it again.
import { expect, onTestFinished, test } from 'vitest';
import type { RunDetail } from '#contract';
import { createLabHome } from '#test/lab.ts';
import { findProcesses, waitUntil } from '#test/processes.ts';

const settings = ['experiment=quickstart', 'model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.eval_test_freq=0', 'train.max_iter=1000000'];

test('wasm after cpu, and cpu again: each with its last step, after a rebuild too', async () => {
  const lab = createLabHome();
  onTestFinished(async () => {
    for (const pid of findProcesses('trainer/main.ts', lab.home)) process.kill(pid);
    await waitUntil('the host to end', () => findProcesses('cli/main.ts host', lab.home).length === 0);
    lab.remove();
  });
  const [{ id }] = lab.json<[RunDetail]>('run', ...settings, '--engine', 'cpu', '--detach');
  const show = () => lab.json<RunDetail>('runs', 'show', id);
  const stopBeyond = async (step: number) => {
    await waitUntil('steps', () => show().step > step + 3);
    return lab.json<[RunDetail]>('runs', 'stop', id)[0];
  };
  const resume = (engine: string) => expect(lab.lab('runs', 'resume', id, '--engine', engine, '--detach').status).toBe(0);
  const cpu = await stopBeyond(0);
  expect(cpu.engine?.earlier).toBeUndefined();

  resume('wasm');
  const wasm = await stopBeyond(cpu.step);
  const first = { name: 'cpu', device: cpu.engine?.device, version: expect.any(String) as string, until: cpu.step };
  expect(wasm.engine).toMatchObject({ name: 'wasm', earlier: [first] });

  resume('cpu');
  const again = await stopBeyond(wasm.step);
  expect(again.engine).toMatchObject({ name: 'cpu', earlier: [first, { name: 'wasm', until: wasm.step }] });
  expect(lab.lab('runs', 'rebuild').status).toBe(0);
  expect(show().engine).toEqual(again.engine);
});
