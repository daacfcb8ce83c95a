// What bench/gpu.sh can be told by environment variables, read and checked before anything is measured.
import { countOf, namesOf, UsageError } from '../arguments.ts';
import { gpuSubjectKeys } from './subjects.ts';

export const usage = `Times training steps on this computer's GPU: the adapter, the webgpu correctness suite, and milliseconds per step of the
published experiments, PyTorch on CUDA alternating with ours where it is installed. Writes a new file bench/results/DATE-gpu.md.
bench/gpu.sh [--out FOLDER]   another folder for the results
  VSGD_LAB_GPU_BATCH=4            another batch size than the published ones
  VSGD_LAB_GPU_MODELS=LIST        only these: ${gpuSubjectKeys.join(',')}
  VSGD_LAB_GPU_SECONDS=1          of each contestant's turn (two rounds; 2 s by default)
  VSGD_LAB_GPU_PROFILE=20         the longest 20 kernels of each step too, by the GPU's clock
  VSGD_LAB_GPU_PEERS=skip         without PyTorch
  VSGD_LAB_GPU_FLOAT16=skip       without mixed precision
  VSGD_LAB_GPU_TESTS=skip         without the correctness suite
  VSGD_LAB_GPU_ADAPTER=software   on a driver that computes on the CPU, to try this program itself
  PYTHON=python3                  the Python that has PyTorch
Exit code 1: no GPU can be used, a test of the engine failed or did not run, or the engine gave no number; 2: a setting is wrong.
`;

export type GpuSettings = { batch: number | null; models: string[] | null; seconds: number; profile: number; peers: boolean; float16: boolean; tests: boolean; software: boolean; python: string };

type Environment = Record<string, string | undefined>;

/** Whether a variable has its one value that means something; `also` is the usual. */
function isSet(env: Environment, name: string, { value, also }: { value: string; also: string }): boolean {
  const given = env[name] ?? also;
  if (given !== value && given !== also) throw new UsageError(`${name} is ${value}, or left out; not '${given}'.`);
  return given === value;
}

function secondsOf(name: string, text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 3600)) throw new UsageError(`${name} takes seconds, more than 0, not '${text}'.`);
  return seconds;
}

/** @throws UsageError */
export function readSettings(env: Environment): GpuSettings {
  const { VSGD_LAB_GPU_BATCH: batch, VSGD_LAB_GPU_MODELS: models, VSGD_LAB_GPU_PROFILE: profile, VSGD_LAB_GPU_SECONDS: seconds = '2', PYTHON: python = 'python3' } = env;
  return {
    batch: batch ? countOf('VSGD_LAB_GPU_BATCH', batch) : null,
    models: models ? namesOf('VSGD_LAB_GPU_MODELS', models, gpuSubjectKeys) : null,
    seconds: secondsOf('VSGD_LAB_GPU_SECONDS', seconds),
    profile: profile ? countOf('VSGD_LAB_GPU_PROFILE', profile) : 0,
    peers: !isSet(env, 'VSGD_LAB_GPU_PEERS', { value: 'skip', also: 'torch' }),
    float16: !isSet(env, 'VSGD_LAB_GPU_FLOAT16', { value: 'skip', also: 'try' }),
    tests: !isSet(env, 'VSGD_LAB_GPU_TESTS', { value: 'skip', also: 'hardware' }),
    software: isSet(env, 'VSGD_LAB_GPU_ADAPTER', { value: 'software', also: 'hardware' }),
    python,
  };
}
