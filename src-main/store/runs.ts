// Runs in the store: each function is named after the question it answers.
import { LabError, type CheckpointInfo, type DesiredState, type EngineInfo, type RunDetail, type RunDocument, type RunState, type RunSummary } from '#contract';
import type { SqliteDatabase } from './connection.ts';
import { checkPart, soundRow } from './digests.ts';
import { partChecksums, readDigests, summaries } from './summaries.ts';
import type { RunRow } from './rows.ts';
import { checkTransition } from './transitions.ts';

export type { RunRow } from './rows.ts';

export type RunFilter = { states?: RunState[]; sweepId?: string; trashed?: boolean; text?: string; after?: string; limit?: number; newestFirst?: boolean };
export type StateChange = { state: RunState; reason?: string | null; pid?: number | null; pidStarted?: string | null };

const ending: readonly RunState[] = ['stopped', 'finished', 'failed', 'interrupted', 'paused'];
const now = () => new Date().toISOString();

/** Adds a run at the end of the queue. */
export function insertRun(database: SqliteDatabase, document: RunDocument, state: RunState = 'queued'): void {
  database.transaction(() => {
    const position = database.prepare('SELECT coalesce(max(position), 0) + 1 FROM runs').pluck().get() as number;
    database.prepare(`INSERT INTO runs (id, name, state, desired, position, created_at, document, sweep_id, dataset)
      VALUES (?, ?, ?, 'finished', ?, ?, ?, ?, ?)`).run(document.id, document.name, state, position, document.createdAt, JSON.stringify(document), document.sweep?.id ?? null, null);
    for (const tag of document.tags) database.prepare('INSERT OR IGNORE INTO tags VALUES (?, ?)').run(document.id, tag);
  }).immediate();
}

/** A run's row. @throws LabError DATABASE_DAMAGED where it was altered, as every function here that reads rows */
export const getRun = (database: SqliteDatabase, id: string): RunRow | undefined => database.attempt(() => {
  const row = database.prepare('SELECT * FROM runs WHERE id = ?').get(id) as RunRow | undefined;
  return row && soundRow(database, row);
});

/** Runs in the order of their making, or the other way round; `after`: only those behind this one in that order. */
export function listRuns(database: SqliteDatabase, { states, sweepId, trashed = false, text, after = '', limit = -1, newestFirst = false }: RunFilter = {}): RunRow[] {
  const conditions = [trashed ? 'trashed_at IS NOT NULL' : 'trashed_at IS NULL'];
  const values: (string | number)[] = [];
  if (states) {
    conditions.push(`state IN (${states.map(() => '?').join(', ')})`);
    values.push(...states);
  }
  if (sweepId) {
    conditions.push('sweep_id = ?');
    values.push(sweepId);
  }
  if (after) {
    conditions.push(newestFirst ? 'id < ?' : 'id > ?');
    values.push(after);
  }
  if (text) {
    conditions.push('(instr(lower(name), lower(?)) OR instr(lower(document), lower(?)))');
    values.push(text, text);
  }
  const source = `SELECT * FROM runs WHERE ${conditions.join(' AND ')} ORDER BY id${newestFirst ? ' DESC' : ''} LIMIT ?`;
  return database.attempt(() => (database.prepare(source).all(...values, limit) as RunRow[]).map((row) => soundRow(database, row)));
}

/** The queued run whose turn it is. */
export const nextQueued = (database: SqliteDatabase): RunRow | undefined => database.attempt(() => {
  const row = database.prepare("SELECT * FROM runs WHERE state = 'queued' AND desired = 'finished' AND trashed_at IS NULL ORDER BY position LIMIT 1").get() as RunRow | undefined;
  return row && soundRow(database, row);
});

/** Queued runs of which nothing more is wanted come to rest. */
export function settleQueued(database: SqliteDatabase): void {
  const waiting = "WHERE state = 'queued' AND desired != 'finished'";
  if (!database.prepare(`SELECT 1 FROM runs ${waiting} LIMIT 1`).get()) return;
  database.transaction(() => database.prepare(`UPDATE runs SET state = desired, reason = 'Removed from the queue before it started.', ended_at = ? ${waiting}`).run(now())).immediate();
}

/** @throws LabError CONFLICT when the table of transitions has no such step, NOT_FOUND */
export function setState(database: SqliteDatabase, id: string, { state, reason = null, pid, pidStarted }: StateChange): void {
  database.transaction(() => {
    const row = getRun(database, id);
    if (!row) throw new LabError('NOT_FOUND', `There is no run ${id}.`);
    checkTransition(row.state, state);
    const started = state === 'starting' && row.started_at === null ? now() : row.started_at;
    // The journal's end line may have come before, also before a short run was seen to be running.
    const ended = ending.includes(state) ? (row.ended_at ?? now()) : state === 'queued' || state === 'starting' ? null : row.ended_at;
    database.prepare('UPDATE runs SET state = ?, reason = ?, started_at = ?, ended_at = ?, pid = ?, pid_started = ? WHERE id = ?')
      .run(state, reason, started, ended, pid === undefined ? row.pid : pid, pidStarted === undefined ? row.pid_started : pidStarted, id);
  }).immediate();
}

/** What a person wants of a run; the host works towards it. */
export const setDesired = (database: SqliteDatabase, id: string, desired: DesiredState): void =>
  void database.transaction(() => database.prepare('UPDATE runs SET desired = ? WHERE id = ?').run(desired, id)).immediate();

/** Queues a resting run again, last in the queue or first. */
export function requeue(database: SqliteDatabase, id: string, { first = false } = {}): void {
  database.transaction(() => {
    setState(database, id, { state: 'queued', pid: null, pidStarted: null });
    const position = database.prepare(first ? 'SELECT coalesce(min(position), 0) - 1 FROM runs' : 'SELECT coalesce(max(position), 0) + 1 FROM runs').pluck().get() as number;
    database.prepare("UPDATE runs SET desired = 'finished', position = ? WHERE id = ?").run(position, id);
  }).immediate();
}

/** Moves queued runs, in this order, before another (null: to the end). @throws LabError CONFLICT when one of them is not queued */
export function reorder(database: SqliteDatabase, ids: string[], beforeId: string | null): void {
  database.transaction(() => {
    const queue = database.prepare("SELECT id FROM runs WHERE state = 'queued' AND trashed_at IS NULL ORDER BY position").pluck().all() as string[];
    const stranger = [...ids, beforeId].find((wanted) => wanted !== null && !queue.includes(wanted));
    if (stranger) throw new LabError('CONFLICT', `Run ${stranger} is not in the queue; only queued runs can change places.`);
    const moved = new Set(ids);
    const stays = (id: string): boolean => !moved.has(id);
    const at = beforeId === null ? queue.length : queue.indexOf(beforeId);
    const update = database.prepare('UPDATE runs SET position = ? WHERE id = ?');
    const positions = database.prepare("SELECT position FROM runs WHERE state = 'queued' AND trashed_at IS NULL ORDER BY position").pluck().all() as number[];
    [...queue.slice(0, at).filter(stays), ...moved, ...queue.slice(at).filter(stays)].forEach((run, index) => { if (queue[index] !== run) update.run(positions[index], run); });
  }).immediate();
}

export const setTrashed = (database: SqliteDatabase, id: string, trashed: boolean): void =>
  void database.transaction(() => database.prepare('UPDATE runs SET trashed_at = ? WHERE id = ?').run(trashed ? now() : null, id)).immediate();
export const deleteRun = (database: SqliteDatabase, id: string): void => void database.prepare('DELETE FROM runs WHERE id = ?').run(id);

/** Name, tags and the rest of run.json, after it was rewritten. */
export function updateDocument(database: SqliteDatabase, document: RunDocument): void {
  database.transaction(() => {
    database.prepare('UPDATE runs SET name = ?, document = ? WHERE id = ?').run(document.name, JSON.stringify(document), document.id);
    database.prepare('DELETE FROM tags WHERE run_id = ?').run(document.id);
    for (const tag of document.tags) database.prepare('INSERT OR IGNORE INTO tags VALUES (?, ?)').run(document.id, tag);
  }).immediate();
}

/** The promised JSON of `runs list`. */
export const toRunSummary = (row: RunRow): RunSummary => summaryOf(row, JSON.parse(row.document) as RunDocument);

/** The same of a row whose document has been read already. */
export function summaryOf(row: RunRow, document: RunDocument): RunSummary {
  const dataset = row.dataset ? (JSON.parse(row.dataset) as RunSummary['dataset']) : null;
  const named = (document.config.dataset as { name?: string } | undefined)?.name ?? '';
  return {
    id: row.id, name: row.name, state: row.state, reason: row.reason, overrides: document.overrides, config: document.config,
    engine: row.engine ? (JSON.parse(row.engine) as EngineInfo) : null, dataset: dataset ?? { name: named, fingerprint: null },
    startedAt: row.started_at, endedAt: row.ended_at, ...(row.pauses === '[]' ? {} : { pauses: JSON.parse(row.pauses) as RunSummary['pauses'] }),
  };
}

/** The promised JSON of `runs show`. */
export function toRunDetail(database: SqliteDatabase, row: RunRow): RunDetail {
  return { ...toRunSummary(row), step: row.step, metrics: summaries(database, row.id), checkpoints: listCheckpoints(database, row.id) };
}

/** Rows of a small part of a run, all at once. @throws LabError DATABASE_DAMAGED */
const partOf = (database: SqliteDatabase, runId: string, { part, source }: { part: 'checkpoints' | 'notes'; source: string }): unknown[] => database.transaction(() => {
  checkPart(database, { runId, part, digests: readDigests(database, runId) }, partChecksums(database, runId, part));
  return database.prepare(source).all(runId);
})();

export const listCheckpoints = (database: SqliteDatabase, runId: string): CheckpointInfo[] =>
  partOf(database, runId, { part: 'checkpoints', source: 'SELECT step, path, bytes, sha256 FROM checkpoints WHERE run_id = ? ORDER BY step, path' }) as CheckpointInfo[];

/** Notes of a run, oldest first. */
export const listNotes = (database: SqliteDatabase, runId: string): { step: number; time: number; level: string; message: string }[] =>
  partOf(database, runId, { part: 'notes', source: 'SELECT step, time, level, message FROM notes WHERE run_id = ? ORDER BY offset' }) as never;
