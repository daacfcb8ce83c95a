// Runs the contestants of bench/gpu.sh in turn, two rounds each, samples the GPU's utilisation, and prints a table in Markdown.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { openHome } from '#runs';
import { listInstalled } from '#training';
import { gpuSubjects, type GpuSubject } from './subjects.ts';

type Timed = { name: string; median: number; min: number; busy: number | null } | { name: string; error: string };
type Contestant = { name: string; command: string; args: string[] };

const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const { VSGD_LAB_GPU_BATCH, VSGD_LAB_GPU_MODELS, VSGD_LAB_GPU_RUNS = '20', PYTHON = 'python3' } = process.env;
const rounds = 2;

/** Mean of nvidia-smi's utilisation every half second while a contestant runs; null where there is no nvidia-smi. */
function sampleUtilisation(): () => number | null {
  const samples: number[] = [];
  const sampler = spawn('nvidia-smi', ['--query-gpu=utilization.gpu', '--format=csv,noheader,nounits', '-lms', '500'], { stdio: ['ignore', 'pipe', 'ignore'] });
  sampler.on('error', () => {});
  sampler.stdout.on('data', (text: Buffer) => samples.push(...text.toString().trim().split('\n').map(Number)));
  return () => {
    sampler.kill();
    // The second half: the first is start, compilation and warming up.
    const late = samples.slice(Math.floor(samples.length / 2));
    return late.length === 0 ? null : late.reduce((sum, value) => sum + value, 0) / late.length;
  };
}

function time({ name, command, args }: Contestant): Promise<Timed> {
  return new Promise((resolve) => {
    const utilisation = sampleUtilisation();
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [output, complaints] = ['', ''];
    child.stdout.on('data', (text: Buffer) => { output += text.toString(); });
    child.stderr.on('data', (text: Buffer) => { complaints += text.toString(); });
    child.once('error', (error) => resolve({ name, error: error.message }));
    child.once('close', () => {
      const busy = utilisation();
      const line = output.split('\n').find((one) => one.startsWith('{'));
      resolve(line ? { ...(JSON.parse(line) as { name: string; median: number; min: number }), busy } : { name, error: complaints.trim().split('\n').at(-1) ?? 'no output' });
    });
  });
}

const { engines } = openHome();
const ours = ['webgpu', ...(listInstalled(engines).some(({ manifest }) => manifest.flavour === 'cuda') ? ['tensorflow-cuda'] : [])];
const contestantsOf = ({ key, shape: [batch, side] }: GpuSubject): Contestant[] => [
  ...ours.map((name) => ({ name, command: process.execPath, args: ['--disable-warning=ExperimentalWarning', beside('./steps.ts'), name, key, String(batch), VSGD_LAB_GPU_RUNS] })),
  { name: 'PyTorch', command: PYTHON, args: [beside('./torch_gpu_steps.py'), key, String(batch), String(side), VSGD_LAB_GPU_RUNS] },
];

console.log('\n| experiment | batch | contestant | round | median ms | min ms | GPU busy |\n|---|---|---|---|---|---|---|');
let failed = false;
for (const subject of gpuSubjects(VSGD_LAB_GPU_MODELS?.split(',') ?? null, VSGD_LAB_GPU_BATCH ? Number(VSGD_LAB_GPU_BATCH) : null)) {
  for (let round = 1; round <= rounds; round += 1) {
    for (const contestant of contestantsOf(subject)) {
      const timed = await time(contestant);
      const row = 'error' in timed ? `${timed.name} | ${round} | – | – | ${timed.error}` : `${timed.name} | ${round} | ${timed.median.toFixed(2)} | ${timed.min.toFixed(2)} | ${timed.busy === null ? '–' : `${timed.busy.toFixed(0)} %`}`;
      console.log(`| ${subject.name} | ${subject.shape[0]} | ${row} |`);
      failed ||= 'error' in timed && contestant.name === 'webgpu';
    }
  }
}
process.exitCode = failed ? 1 : 0;
