// The wasm engine: milliseconds per whole VSGD step of each model family at batch 32, and the VSGD update against a plain memory copy.
import { tensor, tidy, type Tensor1D } from '@tensorflow/tfjs-core';
import { createOptimizer, createWasmEngine } from '#training';
import { ParameterList } from '../src-main/training/models/parameters.ts';
import type { BenchRow } from './run.ts';
import { median, subjects, timeSteps } from './training.ts';

export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const engine = await createWasmEngine();
  for (const subject of subjects) {
    const small = subject.shape[3] === 1;
    const { times, bytes } = await timeSteps(engine, subject, { warmup: 7, runs: small ? 100 : 5 });
    rows.push({ name: `${subject.name}, batch 32, step with VSGD`, value: median(times), unit: 'ms', detail: `fastest ${Math.min(...times).toFixed(1)}, slowest ${Math.max(...times).toFixed(1)}; ${(bytes / 2 ** 20).toFixed(0)} MiB` });
  }
  rows.push(...(await updateRows(engine)));
  await engine.dispose();
  return rows;
}

/** One update reads w, g, mu, bg, bhg and writes w, mu, bg, bhg: 36 bytes per element. */
async function updateRows(engine: Awaited<ReturnType<typeof createWasmEngine>>): Promise<BenchRow[]> {
  const count = 14_770_000;
  const list = new ParameterList(1);
  list.add('p', [count], { init: { kind: 'constant', value: 0.1 } });
  const optimizer = createOptimizer({ name: 'vsgd', options: { params: null, lr: 0.01, ps: 1e-7, weight_decay: 0, ghattg: 30, tau1: 0.81, tau2: 0.9, eps: 1e-8 } }, list.parameters);
  const state = [list.parameters[0]!.variable, ...Object.values(optimizer.states[0]!.slots)];
  const step = await engine.compile(({ hyper }) => tidy(() => {
    const gradient = list.parameters[0]!.variable;
    optimizer.apply([gradient], hyper as Tensor1D, tensor([1, 1, 1]) as Tensor1D);
    return {};
  }), { hyper: { shape: [10], dtype: 'float32' } }, state);
  const times: number[] = [];
  const copies: number[] = [];
  const [from, to] = [new Float32Array(count).fill(1), new Float32Array(count)];
  for (let run = 0; run < 14; run += 1) {
    let start = performance.now();
    await step.run({ hyper: optimizer.hyper(0.01) });
    optimizer.t += 1;
    times.push(performance.now() - start);
    start = performance.now();
    to.set(from);
    copies.push(performance.now() - start);
  }
  step.dispose();
  const gigabytes = (bytes: number, ms: number) => bytes / ms / 1e6;
  return [
    { name: 'VSGD update of 14.77 M parameters', value: median(times), unit: 'ms', detail: `${gigabytes(36 * count, median(times)).toFixed(1)} GB/s of reads and writes` },
    { name: 'plain copy of 14.77 M floats', value: median(copies), unit: 'ms', detail: `${gigabytes(8 * count, median(copies)).toFixed(1)} GB/s of reads and writes` },
  ];
}
