// How busy a GPU is while something runs, as nvidia-smi tells.
import { spawn } from 'node:child_process';

/** Runs `work` and gives its result with the mean of the utilisation samples taken meanwhile; null where there is no nvidia-smi. */
export async function whileSampling<T>(work: () => Promise<T>): Promise<{ result: T; busy: number | null }> {
  const samples: number[] = [];
  const sampler = spawn('nvidia-smi', ['--query-gpu=utilization.gpu', '--format=csv,noheader,nounits', '-lms', '200'], { stdio: ['ignore', 'pipe', 'ignore'] });
  sampler.on('error', () => {});
  sampler.stdout.on('data', (text: Buffer) => samples.push(...text.toString().trim().split('\n').map(Number)));
  try {
    const result = await work();
    // The second half: a sample looks back over what was before.
    const late = samples.slice(Math.floor(samples.length / 2)).filter(Number.isFinite);
    return { result, busy: late.length === 0 ? null : late.reduce((sum, value) => sum + value, 0) / late.length };
  } finally {
    sampler.kill();
  }
}
