// A compiled VSGD step that answers on stdin and stdout as bench/peers/lines.py does: what the engines' own programs of the benches share.
import { createInterface } from 'node:readline';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { createModel, createOptimizer, createTrainStep, type CompiledStep, type Engine } from '#training';
import { linear } from '../../src-main/training/operations/linear.ts';
import { vsgd, type Subject } from '../training.ts';
import { flopsPerStep } from './flops.ts';

type Inputs = Record<string, Float32Array | Int32Array>;
type Profiled = CompiledStep & { profile?(inputs: Inputs, runs: number): object[] | Promise<object[]> };
type Request = { steps?: number; seconds?: number; profile?: number; peak?: number };

const say = (answer: object) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const side = 1536;

/** GFLOPS of the fastest of some products of square matrices. */
async function measurePeak(engine: Engine): Promise<number> {
  const matrix = { shape: [side, side], dtype: 'float32' as const };
  const product = await engine.compile(({ x, weight, bias }) => ({ y: linear({ x: x as Tensor2D, weight: weight as Tensor2D, bias: bias as Tensor1D }) }), { x: matrix, weight: matrix, bias: { shape: [side], dtype: 'float32' } }, []);
  const values = Float32Array.from({ length: side * side }, (_, index) => Math.sin(index));
  let best = Infinity;
  for (let run = 0; run < 14; run += 1) {
    const start = performance.now();
    await product.run({ x: values, weight: values, bias: values.subarray(0, side) });
    best = Math.min(best, performance.now() - start);
  }
  product.dispose();
  return (2 * side ** 3) / best / 1e6;
}

/**
 * Compiles the step, says `ready`, and answers until stdin ends: {"steps": n} or {"seconds": s} with times and the last loss, {"profile": n} with the
 * fastest time of each kernel in n steps, {"peak": 1} with GFLOPS of a matrix product.
 */
export async function serveSteps(engine: Engine, { model: choice, shape }: Subject): Promise<void> {
  const model = createModel(choice, { channels: shape[3], size: shape[1], seed: 1 });
  const flops = flopsPerStep(model, shape);
  const optimizer = createOptimizer(vsgd, model.parameters);
  const plan = createTrainStep(model, optimizer);
  const began = performance.now();
  const compiled: Profiled = await engine.compile(plan.step, plan.inputs(shape), plan.state);
  const compiledIn = performance.now() - began;
  const images = Float32Array.from({ length: shape.reduce((product, length) => product * length, 1) }, () => Math.random());
  const labels = Int32Array.from({ length: shape[0] }, (_, index) => index % 10);
  const inputs = () => ({ images, labels, hyper: optimizer.hyper(0.01), limits: new Float32Array(2) });
  const { info } = engine;
  say({ ready: { version: `vsgd-lab ${info.name}`, device: info.device, threads: info.threads ?? 1, parameters: model.parameterCount, flops, bytes: compiled.bytes, compiled: compiledIn } });
  for await (const line of createInterface(process.stdin)) {
    const { steps = Infinity, seconds = Infinity, profile, peak } = JSON.parse(line) as Request;
    if (peak) {
      say({ gflops: await measurePeak(engine) });
      continue;
    }
    if (profile) {
      say({ kernels: (await compiled.profile?.(inputs(), profile)) ?? [] });
      continue;
    }
    const times: number[] = [];
    let loss: number | undefined;
    const end = performance.now() + 1000 * seconds;
    while (times.length < steps && (times.length === 0 || performance.now() < end)) {
      const start = performance.now();
      loss = (await compiled.run(inputs())).loss?.[0];
      optimizer.t += 1;
      times.push(performance.now() - start);
    }
    say({ times, loss });
  }
}
