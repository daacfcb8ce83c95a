// One engine in a process of its own, for bench:train: engineSteps.ts ENGINE MODEL BATCH; answers as bench/peers/lines.py does.
import { createInterface } from 'node:readline';
import type { Tensor2D, Tensor1D } from '@tensorflow/tfjs-core';
import { openHome } from '#runs';
import { chooseEngine, createModel, createOptimizer, createTrainStep, type Engine } from '#training';
import { linear } from '../../src-main/training/operations/linear.ts';
import { vsgd } from '../training.ts';
import { flopsPerStep } from './flops.ts';
import { trainSubjects } from './subjects.ts';

const say = (answer: object) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const side = 1536;

/** GFLOPS of the fastest of eight products of square matrices. */
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

async function main([name = '', key = '', batch = '32']: string[]): Promise<void> {
  const subject = trainSubjects.find((candidate) => candidate.key === key);
  if (!subject) throw new Error(`There is no model ${key}. There are ${trainSubjects.map((candidate) => candidate.key).join(', ')}.`);
  const { engine } = await chooseEngine(name, { device: 'auto', threads: 0, engines: openHome().engines });
  const shape: typeof subject.shape = [Number(batch), subject.shape[1], subject.shape[2], subject.shape[3]];
  const model = createModel(subject.model, { channels: shape[3], size: shape[1], seed: 1 });
  const flops = flopsPerStep(model, shape);
  const optimizer = createOptimizer(vsgd, model.parameters);
  const plan = createTrainStep(model, optimizer);
  const compiled = await engine.compile(plan.step, plan.inputs(shape), plan.state);
  const images = Float32Array.from({ length: shape.reduce((product, length) => product * length, 1) }, () => Math.random());
  const labels = Int32Array.from({ length: shape[0] }, (_, index) => index % 10);
  const step = async () => {
    const start = performance.now();
    await compiled.run({ images, labels, hyper: optimizer.hyper(0.01), limits: new Float32Array(2) });
    optimizer.t += 1;
    return performance.now() - start;
  };
  say({ ready: { version: `vsgd-lab ${engine.info.name}`, device: engine.info.device, threads: engine.info.threads ?? 1, parameters: model.parameterCount, flops } });
  for await (const line of createInterface(process.stdin)) {
    const request = JSON.parse(line) as { steps?: number; peak?: number };
    if (request.peak) {
      say({ gflops: await measurePeak(engine) });
      continue;
    }
    const times: number[] = [];
    for (let index = 0; index < (request.steps ?? 1); index += 1) times.push(await step());
    say({ times });
  }
  process.exit(0);
}

await main(process.argv.slice(2));
