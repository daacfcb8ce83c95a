// Picks the engine of a run: the one asked for, or the best there is; says loudly what it could not have.
import { LabError } from '#contract';
import { createCpuEngine } from './cpu/cpu.ts';
import type { Engine } from './engine.ts';
import { createWasmEngine } from './wasm/index.ts';

export type EngineListing = { name: string; usable: boolean; reason: string; device: string | null };
type Candidate = { name: string; create(threads: number): Promise<Engine>; reason: string };

/** From fastest to slowest; tensorflow and webgpu are to come and say so. */
const later = (name: string, what: string) => ({ name, reason: `${what} is not part of this version; use wasm.` });
const missing = [later('tensorflow', 'The TensorFlow engine'), later('webgpu', 'The WebGPU engine')];
const present: Candidate[] = [
  { name: 'wasm', create: (threads) => createWasmEngine({ threads }), reason: 'Own kernels, on every computer.' },
  { name: 'cpu', create: () => createCpuEngine(), reason: 'Plain JavaScript, for tests: far too slow for work.' },
];

/** Whether a device name of PyTorch asks for a GPU. */
const wantsGpu = (device: string) => /^(cuda(:\d+)?|gpu|mps)$/.test(device);

/**
 * Makes the engine of a run.
 * @param asked auto, or an engine's name
 * @param device the configuration's device, for instance cuda:0
 * @returns the engine, and a warning where it is not what was asked for
 * @throws LabError ENGINE_UNUSABLE
 */
export async function chooseEngine(asked: string, { device, threads }: { device: string; threads: number }): Promise<{ engine: Engine; warning: string | null }> {
  const gone = missing.find(({ name }) => name === asked);
  if (gone) throw new LabError('ENGINE_UNUSABLE', gone.reason, { place: { key: '--engine' } });
  const chosen = present.find(({ name }) => name === (asked === 'auto' ? 'wasm' : asked));
  if (!chosen) throw new LabError('ENGINE_UNUSABLE', `There is no engine '${asked}'. There are auto, ${present.map(({ name }) => name).join(', ')}.`, { place: { key: '--engine' } });
  const engine = await chosen.create(threads);
  const fallback = wantsGpu(device) && engine.info.device.includes('CPU');
  if (!fallback) return { engine, warning: null };
  const reason = `train.device=${device} asks for a GPU; this version has no GPU engine, so the run is computed by ${engine.info.name} on the CPU.`;
  Object.assign(engine.info, { fallbackFrom: device, reason });
  return { engine, warning: reason };
}

/** Every engine with whether it can be used here, and why. */
export async function listEngines(): Promise<EngineListing[]> {
  const listed: EngineListing[] = missing.map(({ name, reason }) => ({ name, usable: false, reason, device: null }));
  for (const { name, create, reason } of present) {
    try {
      const engine = await create(0);
      const { device, threads } = engine.info;
      listed.push({ name, usable: true, reason, device: threads ? `${device}, ${threads} threads` : device });
      await engine.dispose();
    } catch (error) {
      listed.push({ name, usable: false, reason: error instanceof Error ? error.message : String(error), device: null });
    }
  }
  return listed;
}
