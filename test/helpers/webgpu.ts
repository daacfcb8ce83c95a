// Where the webgpu suites get an adapter: the GPU that is there, or SwiftShader from Debian's chromium. Import before the first engine.
import { existsSync } from 'node:fs';
import { createWebgpuEngine, probeWebgpu, type Engine, type WebgpuOptions } from '#training';
import type { EngineCase } from './reference.ts';

const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';
// VSGD_LAB_GPU_TESTS=hardware asks for the computer's own GPU; without it the suites give the same on every computer.
if (process.env.VSGD_LAB_GPU_TESTS !== 'hardware' && process.env.VK_ICD_FILENAMES === undefined && existsSync(swiftShader)) process.env.VK_ICD_FILENAMES = swiftShader;
process.env.XDG_RUNTIME_DIR ??= '/tmp';

/** What there is; suites skip themselves by name where it is not usable. */
export const webgpu = await probeWebgpu();

export const openWebgpu = (options: WebgpuOptions = {}): Promise<Engine> => createWebgpuEngine(options);

/** A software adapter needs minutes for each four steps of these: they run there only with VSGD_LAB_GPU_TESTS=all. One forward and backward pass runs everywhere. */
const slowSteps = ['resnext29', 'tiny_imagenet_resnext'];
const affordable = ({ name }: { name: string }, stepped: boolean) => !webgpu.software || process.env.VSGD_LAB_GPU_TESTS === 'all' || !stepped || !slowSteps.includes(name);

/** The engine as the reference suites take it. */
export const webgpuCase: EngineCase = { name: 'webgpu', create: openWebgpu, affordable, ...(webgpu.usable ? {} : { missing: ' (needs a Vulkan, Metal or Direct3D adapter)' }) };
