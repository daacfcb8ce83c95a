// One engine on a GPU in a process of its own, for bench/gpu.sh: steps.ts ENGINE MODEL BATCH; answers as bench/peers/lines.py does,
// and {"profile": n} with the fastest time of each dispatch in n steps.
import { createInterface } from 'node:readline';
import { openHome } from '#runs';
import { chooseEngine, createModel, createOptimizer, createTrainStep, createWebgpuEngine, type CompiledStep } from '#training';
import { vsgd } from '../training.ts';
import { gpuSubjects } from './subjects.ts';

type Profiled = CompiledStep & { profile?(inputs: Record<string, Float32Array | Int32Array>, runs: number): Promise<object[]> };

const say = (answer: object) => process.stdout.write(`${JSON.stringify(answer)}\n`);

async function main([name = 'webgpu', key = '', batch = '0']: string[]): Promise<void> {
  const [subject] = gpuSubjects([key], Number(batch) || null);
  if (!subject) throw new Error(`There is no model ${key}.`);
  const mixed = name.endsWith('float16') ? ('float16' as const) : undefined;
  const engine = name.startsWith('webgpu') ? await createWebgpuEngine({ mixed }) : (await chooseEngine(name, { device: 'cuda:0', threads: 0, mixed, engines: openHome().engines })).engine;
  const model = createModel(subject.model, { channels: subject.shape[3], size: subject.shape[1], seed: 1 });
  const optimizer = createOptimizer(vsgd, model.parameters);
  const plan = createTrainStep(model, optimizer);
  const began = performance.now();
  const compiled: Profiled = await engine.compile(plan.step, plan.inputs(subject.shape), plan.state);
  const images = Float32Array.from({ length: subject.shape.reduce((product, side) => product * side, 1) }, () => Math.random());
  const labels = Int32Array.from({ length: subject.shape[0] }, (_, index) => index % 10);
  const inputs = () => ({ images, labels, hyper: optimizer.hyper(0.01), limits: new Float32Array(2) });
  say({ ready: { version: `vsgd-lab ${engine.info.name}`, device: engine.info.device, threads: 1, parameters: model.parameterCount, bytes: compiled.bytes, compiled: performance.now() - began } });
  for await (const line of createInterface(process.stdin)) {
    const { steps = Infinity, seconds = Infinity, profile } = JSON.parse(line) as { steps?: number; seconds?: number; profile?: number };
    if (profile) {
      say({ kernels: (await compiled.profile?.(inputs(), profile)) ?? [] });
      continue;
    }
    const times: number[] = [];
    let loss: number | undefined;
    const end = performance.now() + 1000 * seconds;
    while (times.length < steps && performance.now() < end) {
      const start = performance.now();
      loss = (await compiled.run(inputs())).loss?.[0];
      optimizer.t += 1;
      times.push(performance.now() - start);
    }
    say({ times, loss });
  }
  process.exit(0);
}

await main(process.argv.slice(2));
