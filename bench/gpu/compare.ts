// Runs the contestants of bench/gpu.sh in turn, in rounds of some seconds, samples the GPU's utilisation, and prints tables in Markdown.
import { fileURLToPath } from 'node:url';
import { openHome } from '#runs';
import { listInstalled } from '#training';
import { Running, type About, type Contestant } from '../train/contestant.ts';
import { median } from '../training.ts';
import { gpuSubjects, type GpuSubject } from './subjects.ts';
import { whileSampling } from './utilisation.ts';

type Entry = { running: Running; about?: About; loss?: number; times: number[]; busy: number[]; error?: string };

const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const { VSGD_LAB_GPU_BATCH, VSGD_LAB_GPU_MODELS, VSGD_LAB_GPU_SECONDS = '2', VSGD_LAB_GPU_PROFILE, VSGD_LAB_GPU_FLOAT16 = 'try', VSGD_LAB_GPU_PEERS = 'torch', PYTHON = 'python3' } = process.env;
const rounds = 2;
const seconds = Number(VSGD_LAB_GPU_SECONDS);

const ours = ['webgpu', ...(VSGD_LAB_GPU_FLOAT16 === 'skip' ? [] : ['webgpu float16']), ...(listInstalled(openHome().engines).some(({ manifest }) => manifest.flavour === 'cuda') ? ['tensorflow-cuda'] : [])];
const contestantsOf = ({ key, shape: [batch, side] }: GpuSubject): Contestant[] => [
  ...ours.map((name) => ({ name, command: process.execPath, args: ['--disable-warning=ExperimentalWarning', beside('./steps.ts'), name, key, String(batch)] })),
  ...(VSGD_LAB_GPU_PEERS === 'skip' ? [] : (['vsgd', 'adamw'] as const)).map((optimizer) => ({ name: `PyTorch ${optimizer === 'vsgd' ? 'published VSGD' : 'fused AdamW'}`, command: PYTHON, args: [beside('./torch_gpu_steps.py'), key, String(batch), String(side), optimizer] })),
];

/** Does it where nothing failed before; a failure is kept as the entry's. */
async function attempt(entry: Entry, act: (entry: Entry) => Promise<void>): Promise<void> {
  if (entry.error) return;
  try {
    await act(entry);
  } catch (error) {
    entry.error = (error instanceof Error ? error.message : String(error)).replaceAll('|', '/');
    entry.running.stop();
  }
}

async function printProfile(subject: GpuSubject, { running }: Entry): Promise<void> {
  const kernels = await running.profile(3);
  const total = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const byLabel = new Map<string, { milliseconds: number; count: number }>();
  for (const { label, milliseconds } of kernels) {
    const known = byLabel.get(label) ?? { milliseconds: 0, count: 0 };
    byLabel.set(label, { milliseconds: known.milliseconds + milliseconds, count: known.count + 1 });
  }
  console.log(`\n${subject.name}, ${running.name}: ${kernels.length} dispatches, ${total.toFixed(2)} ms by the GPU's clock\n`);
  const sorted = [...byLabel].sort(([, a], [, b]) => b.milliseconds - a.milliseconds).slice(0, Number(VSGD_LAB_GPU_PROFILE));
  for (const [label, { milliseconds, count }] of sorted) console.log(`    ${milliseconds.toFixed(3).padStart(9)} ms  ${String(count).padStart(4)} × ${label}`);
}

async function timeSubject(subject: GpuSubject): Promise<Entry[]> {
  const entries = contestantsOf(subject).map((contestant): Entry => ({ running: new Running(contestant), times: [], busy: [] }));
  try {
    await Promise.all(entries.map((one) => attempt(one, async (entry) => { entry.about = await entry.running.ready(); })));
    for (const one of entries) await attempt(one, async ({ running }) => { await running.steps(3); await running.seconds(seconds / 4); });
    for (let round = 0; round < rounds; round += 1) {
      for (const one of entries) {
        await attempt(one, async (entry) => {
          const { result, busy } = await whileSampling(() => entry.running.seconds(seconds));
          entry.times.push(...result.times);
          if (typeof result.loss === 'number') entry.loss = result.loss;
          if (busy !== null) entry.busy.push(busy);
        });
      }
    }
    if (VSGD_LAB_GPU_PROFILE) for (const one of entries.filter(({ running }) => running.name.startsWith('webgpu'))) await attempt(one, (entry) => printProfile(subject, entry));
  } finally {
    for (const { running } of entries) running.stop();
  }
  return entries;
}

const cells = ({ running, about, loss, times, busy, error }: Entry): string => (error
  ? `${running.name} | – | – | – | ${error} | – |`
  : [running.name, median(times).toFixed(2), Math.min(...times).toFixed(2), busy.length === 0 ? '–' : `${(busy.reduce((sum, one) => sum + one, 0) / busy.length).toFixed(0)} %`, about?.bytes ? `${(about.bytes / 2 ** 20).toFixed(0)} MiB, compiled in ${((about.compiled ?? 0) / 1000).toFixed(1)} s` : (about?.version ?? ''), loss?.toFixed(4) ?? '–'].join(' | ') + ' |');

const rows: string[] = [];
let failed = false;
for (const subject of gpuSubjects(VSGD_LAB_GPU_MODELS?.split(',') ?? null, VSGD_LAB_GPU_BATCH ? Number(VSGD_LAB_GPU_BATCH) : null)) {
  for (const entry of await timeSubject(subject)) {
    rows.push(`| ${subject.name} | ${subject.shape[0]} | ${cells(entry)}`);
    console.error(rows.at(-1));
    failed ||= entry.error !== undefined && entry.running.name === 'webgpu';
  }
}
console.log(`\n| experiment | batch | contestant | median ms | min ms | GPU busy | | last loss |\n|---|---|---|---|---|---|---|---|\n${rows.join('\n')}`);
process.exitCode = failed ? 1 : 0;
