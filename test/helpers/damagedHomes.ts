// A home with runs in every state, everything that a person is shown of it, and seeded damage to its database.
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalLine } from '#contract';
import { createRunDirectory, JournalWriter } from '#runs';
import { askToEnd, listRunSummaries, listRunViews, moveToFront, notesOf, showRun, showRunView, trashRun, type Lab } from '#services';
import { insertRun, listHistograms, listQuantiles, listRuns, readSeries, setState } from '#store';
import { createDocument } from './documents.ts';

/** The draws of a seed, from 0 to `below` - 1 each. */
export function draws(seed: number): (below: number) => number {
  let state = (seed * 2654435761 + 1) >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const metricsOf = (step: number) => ({ 'train/loss': 1 / step, lr: 0.1, iter: step, 'train/accuracy': Math.sin(step), grad_norm: step % 17 === 0 ? ('NaN' as const) : step * 1.5 });
const linesOf = (steps: number): JournalLine[] => Array.from({ length: steps }, (_, index) => index + 1).flatMap((step): JournalLine[] => [
  { type: 'metrics', step, time: 1000 * step, values: metricsOf(step) },
  ...(step % 10 === 0 ? [{ type: 'histogram' as const, step, time: 1000 * step, name: 'beta1', edges: [0, 1, 2], counts: [step, 1] }] : []),
  ...(step % 20 === 0 ? [{ type: 'layers' as const, step, time: 1000 * step, tensors: ['a', 'b'], sizes: [2, 3], total: { step: [1, 2, step] as [number, number, number] }, measures: { step: [[1, 2, 3] as [number, number, number], null] } }] : []),
  ...(step % 50 === 0 ? [{ type: 'checkpoint' as const, step, time: 1000 * step, path: `checkpoints/step-${step}.safetensors`, bytes: 1000 + step, sha256: 'ab'.repeat(32), kind: 'kept' as const }] : []),
  ...(step === 30 ? [{ type: 'note' as const, step, time: 1000 * step, level: 'warning' as const, message: 'One step was skipped.' }] : []),
]);

function addRun({ database, home, ingest }: Lab, steps: number, ends: JournalLine[] = []): string {
  const document = createDocument();
  const paths = createRunDirectory(home, document);
  insertRun(database, document);
  if (steps === 0) return document.id;
  const journal = new JournalWriter(paths);
  for (const line of [...linesOf(steps), ...ends]) journal.append(line);
  journal.close();
  ingest.ingestRun(document.id);
  return document.id;
}

const end = (step: number, state: 'finished' | 'paused'): JournalLine => ({ type: 'end', step, time: 1000 * step + 1, state, reason: null });

/** Makes runs: finished, paused, interrupted, stopped, three queued in another order than they were made, one in the trash. */
export function fillHome(lab: Lab): void {
  const set = (id: string, ...states: Parameters<typeof setState>[2]['state'][]) => states.forEach((state) => setState(lab.database, id, { state, reason: state === 'interrupted' ? 'The computer slept.' : null }));
  for (const steps of [200, 90]) set(addRun(lab, steps, [end(steps, 'finished')]), 'starting', 'running', 'finished');
  set(addRun(lab, 60, [end(60, 'paused')]), 'starting', 'running', 'pausing', 'paused');
  set(addRun(lab, 120), 'starting', 'running', 'interrupted');
  const trashed = addRun(lab, 50, [end(50, 'finished')]);
  set(trashed, 'starting', 'running', 'finished');
  trashRun(lab, trashed);
  const [, , third] = [0, 0, 0].map(() => addRun(lab, 0));
  moveToFront(lab, [third as string]);
  askToEnd(lab, addRun(lab, 0), 'paused');
}

/** Every number and text that a person is shown of the runs. */
export function everythingShown(lab: Lab): unknown {
  const runs = listRunSummaries(lab);
  const each = runs.map(({ id }) => {
    const shown = showRun(lab, id);
    const series = Object.keys(shown.metrics).map((key) => {
      const { steps, times, values } = readSeries(lab.database, id, { key });
      return [key, ...[steps, times, values].map((numbers) => Array.from(numbers))];
    });
    return { shown, series, view: { ...showRunView(lab, id), position: 0 }, notes: notesOf(lab, id), histograms: listHistograms(lab.database, id, { name: 'beta1' }), quantiles: listQuantiles(lab.database, id, {}) };
  });
  const queue = listRuns(lab.database, { states: ['queued'] }).toSorted((one, other) => one.position - other.position).map(({ id }) => id);
  return JSON.parse(JSON.stringify({ runs, trash: listRunSummaries(lab, { trashed: true }), views: listRunViews(lab, {}).runs.map(({ id, metrics, diskBytes }) => ({ id, metrics, diskBytes })), each, queue }));
}

const files = ['lab.db', 'lab.db-wal', 'lab.db-shm'];

/** Copies a home as it is, with the database open or not. */
export const copyHome = (from: string, to: string): void => cpSync(from, to, { recursive: true, preserveTimestamps: true });

type Damage = (file: string, draw: (below: number) => number) => void;

const change = (file: string, alter: (bytes: Buffer) => void): void => {
  const bytes = readFileSync(file);
  if (bytes.length > 0) alter(bytes);
  writeFileSync(file, bytes);
};
const pageOf = (bytes: Buffer, draw: (below: number) => number): number => 4096 * draw(Math.max(1, Math.floor(bytes.length / 4096)));

const damages: Record<string, Damage> = {
  bit: (file, draw) => change(file, (bytes) => { const at = draw(bytes.length); bytes[at] = (bytes[at] as number) ^ (1 << draw(8)); }),
  bits: (file, draw) => change(file, (bytes) => { for (let count = 1 + draw(20); count > 0; count -= 1) { const at = draw(bytes.length); bytes[at] = (bytes[at] as number) ^ (1 << draw(8)); } }),
  bytes: (file, draw) => change(file, (bytes) => { const at = draw(bytes.length); for (let index = 0; index < 16; index += 1) bytes[(at + index) % bytes.length] = draw(256); }),
  header: (file, draw) => change(file, (bytes) => { bytes[draw(Math.min(100, bytes.length))] = draw(256); }),
  pageHeader: (file, draw) => change(file, (bytes) => { bytes[Math.min(bytes.length - 1, pageOf(bytes, draw) + draw(12))] = draw(256); }),
  zeroPage: (file, draw) => change(file, (bytes) => { const at = pageOf(bytes, draw); bytes.fill(0, at, at + 4096); }),
  randomPage: (file, draw) => change(file, (bytes) => { const at = pageOf(bytes, draw); for (let index = at; index < Math.min(bytes.length, at + 4096); index += 1) bytes[index] = draw(256); }),
  otherPage: (file, draw) => change(file, (bytes) => { const [from, to] = [pageOf(bytes, draw), pageOf(bytes, draw)]; bytes.copy(bytes, to, from, from + 4096); }),
  truncated: (file, draw) => truncateSync(file, draw(readFileSync(file).length + 1)),
  pages: (file, draw) => truncateSync(file, 4096 * draw(Math.floor(readFileSync(file).length / 4096) + 1)),
  gone: (file) => rmSync(file),
  folder: (file) => { rmSync(file); mkdirSync(file); },
};

/** Damages the database of a home as the seed says; `others` are homes whose files it may get. Returns what was done, for the message of a failed check. */
export function damageDatabase(home: string, seed: number, others: string[]): string {
  const draw = draws(seed);
  const there = files.filter((name) => existsSync(join(home, name)));
  const name = draw(3) === 0 ? (there[draw(there.length)] as string) : 'lab.db';
  if (draw(10) === 0) {
    const other = others[draw(others.length)] as string;
    const taken = draw(3) === 0 ? 'lab.db' : 'lab.db-wal';
    if (existsSync(join(other, taken))) {
      copyFileSync(join(other, taken), join(home, taken));
      return `${taken} of another home`;
    }
  }
  const kind = Object.keys(damages)[draw(Object.keys(damages).length)] as string;
  damages[kind]?.(join(home, name), draw);
  return `${kind} ${name}`;
}

