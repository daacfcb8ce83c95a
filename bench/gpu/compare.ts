// Runs the contestants of bench/gpu.sh in turn, in rounds of some seconds, samples the GPU's utilisation, and prints tables in Markdown.
import { fileURLToPath } from 'node:url';
import { openHome } from '#runs';
import { listInstalled } from '#training';
import { Running, type About, type Contestant } from '../train/contestant.ts';
import { median } from '../training.ts';
import { readSettings } from './settings.ts';
import { gpuSubjects, type GpuSubject } from './subjects.ts';
import { whileSampling } from './utilisation.ts';

type Entry = { running: Running; about?: About; loss?: number; times: number[]; busy: number[]; error?: string };

const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const settings = readSettings(process.env);
const { seconds } = settings;
const rounds = 2;
const profiles: string[] = [];

const ours = ['webgpu', ...(settings.float16 ? ['webgpu float16'] : []), ...(listInstalled(openHome().engines).some(({ manifest }) => manifest.flavour === 'cuda') ? ['tensorflow-cuda'] : [])];
const contestantsOf = ({ key, shape: [batch, side] }: GpuSubject): Contestant[] => [
  ...ours.map((name) => ({ name, command: process.execPath, args: ['--disable-warning=ExperimentalWarning', beside('./steps.ts'), name, key, String(batch)] })),
  ...(settings.peers ? (['vsgd', 'adamw'] as const) : []).map((optimizer) => ({ name: `PyTorch ${optimizer === 'vsgd' ? 'published VSGD' : 'fused AdamW'}`, command: settings.python, args: [beside('./torch_gpu_steps.py'), key, String(batch), String(side), optimizer] })),
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

async function takeProfile(subject: GpuSubject, { running }: Entry): Promise<void> {
  const kernels = await running.profile(3);
  const total = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const byLabel = new Map<string, { milliseconds: number; count: number }>();
  for (const { label, milliseconds } of kernels) {
    const known = byLabel.get(label) ?? { milliseconds: 0, count: 0 };
    byLabel.set(label, { milliseconds: known.milliseconds + milliseconds, count: known.count + 1 });
  }
  profiles.push(`\n${subject.name}, ${running.name}: ${kernels.length} dispatches, ${total.toFixed(2)} ms by the GPU's clock\n`);
  const sorted = [...byLabel].sort(([, a], [, b]) => b.milliseconds - a.milliseconds).slice(0, settings.profile);
  for (const [label, { milliseconds, count }] of sorted) profiles.push(`    ${milliseconds.toFixed(3).padStart(9)} ms  ${String(count).padStart(4)} × ${label}`);
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
    if (settings.profile > 0) for (const one of entries.filter(({ running }) => running.name.startsWith('webgpu'))) await attempt(one, (entry) => takeProfile(subject, entry));
  } finally {
    for (const { running } of entries) running.stop();
  }
  return entries;
}

const cells = ({ running, about, loss, times, busy, error }: Entry): string => (error
  ? `${running.name} | – | – | – | ${error} | – |`
  : [running.name, median(times).toFixed(2), Math.min(...times).toFixed(2), busy.length === 0 ? '–' : `${(busy.reduce((sum, one) => sum + one, 0) / busy.length).toFixed(0)} %`, about?.bytes ? `${(about.bytes / 2 ** 20).toFixed(0)} MiB, compiled in ${((about.compiled ?? 0) / 1000).toFixed(1)} s` : (about?.version ?? ''), loss?.toFixed(4) ?? '–'].join(' | ') + ' |');

// Rows are printed as they come: a run that is ended keeps what it has.
console.log('\n| experiment | batch | contestant | median ms | min ms | GPU busy | | last loss |\n|---|---|---|---|---|---|---|---|');
for (const subject of gpuSubjects(settings.models, settings.batch)) {
  for (const entry of await timeSubject(subject)) {
    const row = `| ${subject.name} | ${subject.shape[0]} | ${cells(entry)}`;
    console.log(row);
    console.error(row);
    if (entry.error !== undefined && entry.running.name === 'webgpu') process.exitCode = 1;
  }
}
for (const line of profiles) console.log(line);
