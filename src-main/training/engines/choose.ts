// Picks the engine of a run: the one asked for, or the best there is; says loudly what it could not have, and why.
import { engineNames, LabError, toLabError, type EngineInfo } from '#contract';
import { candidates, type Candidate, type CandidateProbe, type CreateOptions, type EnginesFolder } from './candidates.ts';
import type { Engine } from './engine.ts';
import { knownProbe, probeCandidate } from './probing/probe.ts';

/** One row of `engines check`, in the order of the automatic choice. `chosen`: what `auto` takes. */
export type EngineListing = { name: string; engine: string; label: string; usable: boolean; chosen: boolean; reason: string; device: string | null; playsGpu: boolean };
/** `device`: the configuration's, for instance cuda:0. `engines`: the folder of installed engines; null for none. */
export type ChoiceOptions = Omit<CreateOptions, 'engines'> & { engines?: EnginesFolder };
type Tried = NonNullable<EngineInfo['tried']>;

/** Whether a device name of PyTorch asks for a GPU. */
const wantsGpu = (device: string) => /^(cuda(:\d+)?|gpu|mps)$/.test(device);
const onGpu: readonly string[] = ['tensorflow-cuda', 'webgpu'];
const forTests = 'cpu';

/** Why the automatic choice passes a usable candidate over; null where it takes it. */
function objection({ software, device }: CandidateProbe): string | null {
  return software ? `${device ?? 'Its adapter'} is a program that plays a GPU, slower than the processor itself. Install your GPU's driver, or ask for it with --engine webgpu.` : null;
}

/** Why a candidate that works does not have the GPU that the device's number asks for; null where it has, or where none is asked for. */
function missing({ name }: Candidate, { devices = [] }: CandidateProbe, device: string): string | null {
  const gpus = devices.filter((one) => one.startsWith('cuda:'));
  if (name !== 'tensorflow-cuda' || !device.startsWith('cuda:') || gpus.some((one) => one.split(' ')[0] === device)) return null;
  return `There is no ${device} here, but ${gpus.join(', ') || 'no GPU at all'}.`;
}

/** What a run on another engine or device than its configuration asks for has to say; null where it is what was asked for. */
function fallback(asked: string, device: string, { engine, candidate, tried }: Found): string | null {
  if (!wantsGpu(device)) return null;
  if (candidate.name === 'webgpu') {
    // Neither Vulkan nor Dawn counts GPUs as CUDA does.
    return /^cuda:[1-9]/.test(device) ? `train.device=${device} asks for one of several GPUs; webgpu cannot choose by number and takes ${engine.info.device}. VSGD_LAB_ADAPTER=NAME chooses by name.` : null;
  }
  if (candidate.name === 'tensorflow-cuda') return null;
  const reasons = tried.filter(({ name }) => onGpu.includes(name)).map(({ name, reason }) => `${name}: ${reason}`).join(' ');
  return `train.device=${device} asks for a GPU; the run is computed by ${engine.info.name} on the CPU${reasons === '' ? `, as --engine ${asked} says.` : `, because no such GPU can be used. ${reasons}`}`;
}

function candidatesFor(asked: string, device: string): Candidate[] {
  if (asked === 'auto') return candidates.filter(({ name }) => name !== forTests && !(device === 'cpu' && onGpu.includes(name)));
  const found = candidates.filter(({ engine, name }) => engine === asked || name === asked);
  // The processor is asked for, or nothing: TensorFlow can do both.
  const narrowed = device === 'cpu' && found.length > 1 ? found.filter(({ name }) => !onGpu.includes(name)) : found;
  if (narrowed.length > 0) return narrowed;
  throw new LabError('ENGINE_UNUSABLE', `There is no engine '${asked}'. There are ${engineNames.join(', ')}.`, { place: { key: '--engine' } });
}

/** The plain engines need no try: they are part of the program. */
const needsProbe = ({ name }: Candidate): boolean => name !== 'wasm' && name !== forTests;

type Found = { engine: Engine; candidate: Candidate; tried: Tried };

async function firstUsable(list: readonly Candidate[], { auto, options }: { auto: boolean; options: ChoiceOptions }): Promise<Found> {
  const { engines = null } = options;
  const tried: Tried = [];
  for (const candidate of list) {
    const absent = candidate.absent(engines, !auto);
    const probe = absent === null && needsProbe(candidate) ? await probeCandidate(candidate, { engines }) : null;
    const against = absent ?? (probe === null ? null : !probe.usable ? probe.reason : (missing(candidate, probe, options.device) ?? (auto ? objection(probe) : null)));
    if (against === null) {
      try {
        return { engine: await candidate.create({ ...options, engines }), candidate, tried };
      } catch (error) {
        if (!needsProbe(candidate)) throw error;
        tried.push({ name: candidate.name, reason: `It could not be started: ${toLabError(error).message}` });
      }
    } else tried.push({ name: candidate.name, reason: against });
  }
  throw unusable(tried);
}

function unusable(tried: Tried): LabError {
  const reasons = tried.map(({ name, reason }) => `${name}: ${reason}`).join(' ');
  return new LabError('ENGINE_UNUSABLE', `The engine that was asked for cannot be used here. ${reasons} With --engine auto the best there is computes the run; one that has begun goes on with "vsgd-lab runs resume RUN --engine auto".`, { place: { key: '--engine' } });
}

/**
 * Refuses an engine that was asked for by name and is known to be unusable here. Nothing is tried.
 * @throws LabError ENGINE_UNUSABLE
 */
export function checkEngine(asked: string, { engines = null, device }: Pick<ChoiceOptions, 'engines' | 'device'>): void {
  if (asked === 'auto') return;
  const tried: Tried = [];
  for (const candidate of candidatesFor(asked, device)) {
    const absent = candidate.absent(engines, true);
    const probe = absent === null && needsProbe(candidate) ? knownProbe(candidate, engines) : null;
    const against = absent ?? (probe === null ? null : !probe.usable ? probe.reason : missing(candidate, probe, device));
    if (against === null) return;
    tried.push({ name: candidate.name, reason: against });
  }
  throw unusable(tried);
}

/**
 * Makes the engine of a run.
 * @param asked auto, or an engine's name
 * @returns the engine, which names in `info.tried` what was passed over for it, and a warning where it is not what was asked for
 * @throws LabError ENGINE_UNUSABLE
 */
export async function chooseEngine(asked: string, options: ChoiceOptions): Promise<{ engine: Engine; warning: string | null }> {
  const { device, mixed = 'none' } = options;
  const found = await firstUsable(candidatesFor(asked, device), { auto: asked === 'auto', options });
  const { engine, tried } = found;
  if (tried.length > 0) Object.assign(engine.info, { tried });
  const full = mixed !== 'none' && engine.info.mixedPrecision !== mixed ? `train.mixed_precision=${mixed} is not to be had from ${engine.info.name}: the run is computed in float32.` : null;
  const reason = fallback(asked, device, found);
  if (reason !== null) Object.assign(engine.info, { fallbackFrom: device, reason });
  const warnings = [reason, full].filter((one) => one !== null);
  return { engine, warning: warnings.length > 0 ? warnings.join(' ') : null };
}

/** Tries one engine in a child process. @throws LabError NOT_FOUND */
export function probeEngine(name: string, options: { engines: EnginesFolder; fresh?: boolean }): Promise<CandidateProbe> {
  const candidate = candidates.find((one) => one.name === name);
  if (!candidate) throw new LabError('NOT_FOUND', `There is no engine '${name}'.`);
  return probeCandidate(candidate, options);
}

/** Every engine, from fastest to slowest, with whether it can be used here, and why; `fresh` tries them all again. */
export async function listEngines({ engines = null, fresh = false }: { engines?: EnginesFolder; fresh?: boolean } = {}): Promise<EngineListing[]> {
  const rows: EngineListing[] = [];
  let chosen: Candidate | null = null;
  const found = await Promise.all(candidates.map(async (candidate) => {
    const absent = candidate.absent(engines);
    return { candidate, absent, probe: absent === null ? await probeCandidate(candidate, { engines, fresh }) : null };
  }));
  for (const { candidate, absent, probe } of found) {
    const { name, engine, label } = candidate;
    const against = probe?.usable && name !== forTests ? objection(probe) : null;
    const takes: boolean = probe?.usable === true && against === null && chosen === null && name !== forTests;
    if (takes) chosen = candidate;
    const passed = against ?? (probe?.usable && !takes && chosen !== null && name !== forTests ? `Passed over: ${chosen.label} is faster. ` : '');
    rows.push({ name, engine, label, usable: probe?.usable ?? false, chosen: takes, device: probe?.device ?? null, playsGpu: probe?.software ?? false, reason: absent ?? `${takes ? 'Chosen: the fastest that can be used here. ' : passed}${against ? '' : (probe?.reason ?? '')}`.trim() });
  }
  return rows;
}
