// Runs: find, list, show, stop, resume, delete, restore, purge, tag, rename.
import { lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseExperiment } from '#config';
import { checkNotes, checkPlainName, didYouMean, engineNames, evaluationSchema, isResting, LabError, visibleText, type CheckpointInfo, type DesiredState, type EngineName, type Environment, type Evaluation, type RunDetail, type RunDocument, type RunEntry, type RunState, type RunView } from '#contract';
import { installedDataset } from '#datasets';
import { damagedRun, lockOwner, moveDurably, readJson, readRegular, recoverRuns, regularFile, runPaths, writeRunDocument } from '#runs';
import { deleteRun, getRun, listCheckpoints, listNotes, listRuns, nextQueued, readSeries, reorder, requeue, setDesired, setState, setTrashed, toRunDetail, updateDocument, viewRuns, type RunFilter, type RunRow } from '#store';
import { checkEngine } from '#training';
import type { Lab } from './lab.ts';

const shownCandidates = 10;

/** A reference that several runs fit: one of them a line. */
function ambiguous(reference: string, found: RunRow[]): LabError {
  const lines = found.slice(-shownCandidates).map(({ id, name, state }) => `  ${id}  ${visibleText(name)}  ${state}`);
  const more = found.length > lines.length ? `\n  and ${found.length - lines.length} older ones` : '';
  return new LabError('CONFLICT', `'${reference}' may mean ${found.length} runs:\n${lines.join('\n')}${more}\nGive more of the name, or an id; its last characters are enough, the first ones are the time.`);
}

/** The run of an id, a unique beginning or end of one, a name, or a unique part of one. @throws LabError NOT_FOUND, CONFLICT */
export function findRun({ database }: Lab, reference: string, { trashed = false } = {}): RunRow {
  const rows = listRuns(database, { trashed });
  const ways = [(row: RunRow) => row.id === reference, (row: RunRow) => row.name === reference, (row: RunRow) => row.id.startsWith(reference), (row: RunRow) => row.name.includes(reference), (row: RunRow) => /^[0-9a-f]{4,}$/.test(reference) && row.id.endsWith(reference)];
  for (const fits of ways) {
    const found = rows.filter(fits);
    if (found.length === 1) return found[0] as RunRow;
    if (found.length > 1) throw ambiguous(reference, found);
  }
  throw new LabError('NOT_FOUND', `There is no run '${reference}'${trashed ? ' in the trash' : ''}.${didYouMean(reference, rows.map(({ name }) => name))} vsgd-lab runs list shows them.`);
}

/** Runs, oldest first. */
export function listRunSummaries({ database }: Lab, filter: { states?: RunState[]; text?: string; trashed?: boolean } = {}): RunEntry[] {
  return viewRuns(database, listRuns(database, filter)).map(entryOfRun);
}

/** What a listing promises of a run. */
export function entryOfRun(run: RunView): RunEntry {
  const { id, name, state, reason, overrides, config, engine, dataset, startedAt, endedAt, pauses, createdAt, tags, seed, sweep, fork, step, totalSteps, metrics } = run;
  return { id, name, state, reason, overrides, config, engine, dataset, startedAt, endedAt, pauses, createdAt, tags, seed, sweep, fork, step, totalSteps, metrics };
}

export function showRun(lab: Lab, reference: string): RunDetail {
  const row = findRun(lab, reference);
  lab.ingest.ingestRun(row.id);
  return toRunDetail(lab.database, getRun(lab.database, row.id) as RunRow);
}

/** Every point of one metric. */
export const metricOf = (lab: Lab, id: string, key: string): { steps: Float64Array; values: Float64Array } => readSeries(lab.database, id, { key });
export const notesOf = (lab: Lab, id: string): ReturnType<typeof listNotes> => listNotes(lab.database, id);

export type RunListing = { runs: RunView[]; next: string | null };

/** Runs as the app shows them, oldest or newest first, a page after the run `after`; `next` is where the next page begins. */
export function listRunViews({ database }: Lab, { limit = 500, ...filter }: RunFilter): RunListing {
  const rows = listRuns(database, { ...filter, limit: limit + 1 });
  const page = rows.slice(0, limit);
  return { runs: viewRuns(database, page), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}

/** One run as the app shows it, in the trash or not, and its checkpoints. @throws LabError NOT_FOUND */
export function showRunView(lab: Lab, id: string): RunView & { checkpoints: CheckpointInfo[] } {
  if (getRun(lab.database, id)?.trashed_at === null) lab.ingest.ingestRun(id);
  const row = getRun(lab.database, id);
  if (!row) throw new LabError('NOT_FOUND', `There is no run ${id}.`);
  return { ...(viewRuns(lab.database, [row])[0] as RunView), checkpoints: listCheckpoints(lab.database, id) };
}

/** The folder of a run, in the trash or not. @throws LabError NOT_FOUND without the run or the folder */
export function runFolder(lab: Lab, id: string): string {
  const row = getRun(lab.database, id);
  if (!row) throw new LabError('NOT_FOUND', `There is no run ${id}.`);
  const folder = row.trashed_at === null ? runPaths(lab.home, id).root : join(lab.home.trash, id);
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new LabError('NOT_FOUND', `The folder of this run is gone: ${folder}.`, { place: { file: folder } });
  return folder;
}

/** Asks for a run to be stopped or paused, whoever hosts it, without waiting for it. A queued one comes to rest at once where no host is alive. */
export function askToEnd(lab: Lab, reference: string, desired: Exclude<DesiredState, 'finished'>): string {
  const { id, state } = findRun(lab, reference);
  setDesired(lab.database, id, desired);
  const alone = lockOwner(lab.home.hostLock) === null;
  if (state === 'paused' && desired === 'stopped') setState(lab.database, id, { state: 'stopped', reason: 'Stopped while it was paused.' });
  else if (state === 'queued' && alone) setState(lab.database, id, { state: desired, reason: 'Removed from the queue before it started.' });
  else if (alone) recoverRuns(lab);
  return id;
}

/** Moves queued runs, in this order, before another one (null: to the end of the queue). @throws LabError CONFLICT when one of them is not queued */
export function moveInQueue(lab: Lab, references: string[], before: string | null): string[] {
  const idOf = (reference: string): string => getRun(lab.database, reference)?.id ?? findRun(lab, reference).id;
  const ids = references.map(idOf);
  reorder(lab.database, ids, before === null ? null : idOf(before));
  return ids;
}

/** Moves queued runs to the front of the queue. */
export function moveToFront(lab: Lab, references: string[]): string[] {
  return moveInQueue(lab, references, nextQueued(lab.database)?.id ?? null);
}

/** Reads a file of a run. @throws LabError RUN_DAMAGED where it is not as a trainer writes it */
function readingOf<T>(root: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw damagedRun(root, cause);
  }
}

/** What a run's trainer printed, at most so many bytes from the end. @throws LabError RUN_DAMAGED */
export function logTail(lab: Lab, reference: string, bytes = 200_000): { text: string; cut: boolean } {
  const { log, root } = runPaths(lab.home, findRun(lab, reference).id);
  return readingOf(root, () => {
    const text = readRegular(log, { tail: bytes });
    return text === null ? { text: '', cut: false } : { text: text.toString('utf8'), cut: (regularFile(log)?.size ?? 0) > text.length };
  });
}

/** What the finished model answered on the test split, or on the validation split where the data set has no other; null where the run has not got there, or is older than this file. @throws LabError RUN_DAMAGED */
export function evaluationOf(lab: Lab, reference: string): Evaluation | null {
  const { evaluation, root } = runPaths(lab.home, findRun(lab, reference).id);
  const found = readingOf(root, () => {
    const content = readJson(evaluation, { most: 2 ** 26, values: Infinity });
    return content === undefined ? null : evaluationSchema.parse(content);
  });
  // Earlier versions wrote 'test' also where the validation split was the one that was evaluated.
  const counts = found?.split === 'test' ? installedDataset(lab.home.datasets, found.dataset)?.counts : undefined;
  return found && counts?.val !== undefined && counts.test === undefined ? { ...found, split: 'val' } : found;
}

/** Versions, host and hardware of a run; null before it has started. */
export function environmentOf(lab: Lab, reference: string): Environment | null {
  const { environment } = findRun(lab, reference);
  return environment === null ? null : (JSON.parse(environment) as Environment);
}

/** Stops or pauses a run, whoever hosts it, and waits until it rests. */
export async function endRun(lab: Lab, reference: string, desired: Exclude<DesiredState, 'finished'>): Promise<RunDetail> {
  const id = askToEnd(lab, reference, desired);
  for (;;) {
    const row = getRun(lab.database, id) as RunRow;
    if (row.state === 'queued' && lockOwner(lab.home.hostLock) === null) setState(lab.database, id, { state: desired, reason: 'Removed from the queue before it started.' });
    else if (isResting(row.state) && row.state !== 'queued') return toRunDetail(lab.database, row);
    if (lockOwner(lab.home.hostLock) === null) recoverRuns(lab);
    await delay(100);
  }
}

/** The name of an engine, or of none. @throws LabError USAGE */
export function checkedEngine(name: string): EngineName {
  const known = engineNames.find((one) => one === name);
  if (known) return known;
  throw new LabError('USAGE', `There is no engine '${name}'.${didYouMean(name, engineNames)} There are ${engineNames.join(', ')}.`, { place: { key: '--engine' } });
}

/** Queues a resting run again, by its engine or by another one from here on. @throws LabError CONFLICT for a finished one, or one at work; USAGE; ENGINE_UNUSABLE */
export function resumeRun(lab: Lab, reference: string, engine?: string): string {
  const row = findRun(lab, reference);
  if (!isResting(row.state)) throw new LabError('CONFLICT', `Run ${row.id} is ${row.state}; there is nothing to resume.`);
  if (row.state === 'finished') throw new LabError('CONFLICT', `Run ${row.id} is finished. Fork it to train on with other settings (vsgd-lab runs fork ${row.id} train.max_iter=…), or run its command line again.`);
  if (engine !== undefined) {
    const { train } = parseExperiment((JSON.parse(row.document) as RunDocument).config).experiment;
    const asked = checkedEngine(engine);
    checkEngine(asked, { engines: lab.home.engines, device: train.device });
    change(lab, row, { engine: asked });
  }
  if (row.state !== 'queued') requeue(lab.database, row.id);
  return row.id;
}

/** @throws LabError CONFLICT when a trainer is at work on the run */
export function requireResting({ id, state }: RunRow): void {
  if (!isResting(state)) throw new LabError('CONFLICT', `Run ${id} is ${state}. Stop it first: vsgd-lab runs stop ${id}.`);
}

/** Moves a run to the trash. */
export function trashRun(lab: Lab, reference: string): string {
  const row = findRun(lab, reference);
  requireResting(row);
  if (row.state === 'queued') setState(lab.database, row.id, { state: 'stopped', reason: 'Deleted while it was queued.' });
  lab.ingest.ingestRun(row.id);
  moveDurably(runPaths(lab.home, row.id).root, join(lab.home.trash, row.id));
  setTrashed(lab.database, row.id, true);
  return row.id;
}

/** Brings a run back from the trash. */
export function restoreRun(lab: Lab, reference: string): string {
  const { id } = findRun(lab, reference, { trashed: true });
  moveDurably(join(lab.home.trash, id), runPaths(lab.home, id).root);
  setTrashed(lab.database, id, false);
  return id;
}

/** Deletes a trashed run for good, or all of them. */
export function purgeRuns(lab: Lab, reference?: string): string[] {
  const rows = reference === undefined ? listRuns(lab.database, { trashed: true }) : [findRun(lab, reference, { trashed: true })];
  for (const { id } of rows) {
    rmSync(join(lab.home.trash, id), { recursive: true, force: true });
    deleteRun(lab.database, id);
  }
  return rows.map(({ id }) => id);
}

/** What a person writes about a run. */
export type RunEdit = Partial<Pick<RunDocument, 'name' | 'tags' | 'notes' | 'starred'>>;

const mostQuoted = 300;
function quoted(value: unknown): string {
  const text = Array.isArray(value) ? value.join(', ') : String(value);
  return text === '' ? 'empty' : text.length > mostQuoted ? `${text.slice(0, mostQuoted)}…` : text;
}

/** Changes name, tags, notes or star. `expected`: what they were when the change was written. @throws LabError USAGE for an empty name, CONFLICT where something else is there by now */
export function editRun(lab: Lab, reference: string, { expected = {}, ...changes }: RunEdit & { expected?: RunEdit }): string {
  const row = findRun(lab, reference);
  if (changes.name !== undefined) checkPlainName('name of a run', changes.name);
  for (const tag of changes.tags ?? []) checkPlainName('tag of a run', tag);
  if (changes.notes !== undefined) checkNotes(changes.notes);
  const document: RunDocument = { notes: '', starred: false, ...(JSON.parse(row.document) as RunDocument) }; // as pages see it
  const others = (Object.keys(expected) as (keyof RunEdit)[]).filter((key) => JSON.stringify(document[key]) !== JSON.stringify(expected[key]));
  if (others.length > 0) throw new LabError('CONFLICT', `The ${others.join(' and ')} of “${document.name}” changed elsewhere since you opened it; nothing was saved. Now: ${others.map((key) => quoted(document[key])).join('; ')}`, { place: { key: others[0] } });
  change(lab, row, changes);
  return row.id;
}

/** Changes a run's document, in run.json first: the directory is the truth. */
function change(lab: Lab, { id, document }: RunRow, changes: Partial<RunDocument>): void {
  const changed = { ...(JSON.parse(document) as RunDocument), ...changes };
  writeRunDocument(runPaths(lab.home, id).root, changed);
  updateDocument(lab.database, changed);
}
