// One engine on a GPU in a process of its own, for bench/gpu.sh: steps.ts ENGINE MODEL BATCH; "webgpu float16" is webgpu in mixed precision.
import { openHome } from '#runs';
import { chooseEngine, createWebgpuEngine } from '#training';
import { serveSteps } from '../train/serveSteps.ts';
import { gpuSubjects } from './subjects.ts';

const [name = 'webgpu', key = '', batch = '0'] = process.argv.slice(2);
const [subject] = gpuSubjects([key], Number(batch) || null);
if (!subject) throw new Error(`There is no model ${key}.`);
const mixed = name.endsWith('float16') ? ('float16' as const) : undefined;
const engine = name.startsWith('webgpu') ? await createWebgpuEngine({ mixed }) : (await chooseEngine(name, { device: 'cuda:0', threads: 0, mixed, engines: openHome().engines })).engine;
await serveSteps(engine, subject);
process.exit(0);
