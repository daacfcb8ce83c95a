// One contestant of bench/gpu.sh: times compiled VSGD steps on an engine. steps.ts ENGINE MODEL BATCH RUNS; prints one line of JSON.
import { openHome } from '#runs';
import { chooseEngine, createWebgpuEngine } from '#training';
import { median, timeSteps } from '../training.ts';
import { gpuSubjects } from './subjects.ts';

const [name = 'webgpu', key = '', batch = '0', runs = '20'] = process.argv.slice(2);
const [subject] = gpuSubjects([key], Number(batch));
if (!subject) throw new Error(`There is no model ${key}.`);
const mixed = process.env.VSGD_LAB_GPU_MIXED === 'float16' ? ('float16' as const) : undefined;
const engine = name === 'webgpu' ? await createWebgpuEngine({ mixed }) : (await chooseEngine(name, { device: 'cuda:0', threads: 0, mixed, engines: openHome().engines })).engine;
const { times, bytes } = await timeSteps(engine, subject, { warmup: Math.min(10, Number(runs)), runs: Number(runs) });
process.stdout.write(`${JSON.stringify({ name: `${name}, ${engine.info.device}`, median: median(times), min: Math.min(...times), bytes })}\n`, () => process.exit(0));
