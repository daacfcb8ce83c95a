// Journal to store, exactly once: rows and the byte offset commit together, and a cut journal takes its rows back.
import { lstatSync } from 'node:fs';
import { type JournalLine } from '#contract';
import { addToPart, checkOnce, checkSeries, createAppender, cutBack, getRun, sumParts, type MetricRow, type SqliteDatabase } from '#store';
import { pathsIn, type RunPaths } from '../directory/document.ts';
import type { Home } from '../directory/home.ts';
import { readCuts, readJournal, type JournalChunk } from '../directory/journal.ts';
import { instant } from './journalEnd.ts';
import { directoryOf } from './states.ts';

export type Ingested = { rows: number; offset: number };
/** `paths`: where the run is, if not where its row says. */
export type Ingest = { ingestRun(id: string, paths?: RunPaths): Ingested };

function* metricRows(chunk: JournalChunk): Generator<MetricRow> {
  for (const { line } of chunk.lines) {
    if (line.type !== 'metrics') continue;
    for (const key in line.values) yield { key, step: line.step, time: line.time, value: Number(line.values[key]) };
  }
}

type Statements = ReturnType<typeof prepare>;
function prepare(database: SqliteDatabase) {
  return {
    offset: database.prepare('UPDATE runs SET journal_offset = ?, step = max(?, step) WHERE id = ?'),
    cut: database.prepare('UPDATE runs SET journal_offset = ?, journal_cuts = ?, step = ? WHERE id = ?'),
    histogram: database.prepare('INSERT OR REPLACE INTO histograms VALUES (?, ?, ?, ?, ?, ?)'),
    layers: database.prepare('INSERT OR REPLACE INTO layers VALUES (?, ?, ?, ?, ?)'),
    checkpoint: database.prepare('INSERT OR REPLACE INTO checkpoints (run_id, path, offset, step, bytes, sha256, kind) VALUES (?, ?, ?, ?, ?, ?, ?)'),
    note: database.prepare('INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?, ?, ?)'),
    facts: database.prepare('UPDATE runs SET engine = coalesce(?, engine), environment = coalesce(?, environment), dataset = coalesce(?, dataset), total_steps = coalesce(?, total_steps), started_at = coalesce(started_at, ?), session_at = ? WHERE id = ?'),
    worked: database.prepare("SELECT max(time) FROM metrics WHERE time < ? AND series_id IN (SELECT id FROM series WHERE run_id = ? AND key = 'iter')").pluck(),
    paused: database.prepare('UPDATE runs SET pauses = ? WHERE id = ?'),
    ended: database.prepare('UPDATE runs SET started_at = coalesce(started_at, ?), ended_at = coalesce(ended_at, ?) WHERE id = ?'),
  };
}

const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));

/** A session that goes on: the time since the last step that was kept is none of the run's. What a lost session had noted of the same span goes. */
function takePause(statements: Statements, id: string, { began, known }: { began: number; known: string }): void {
  const worked = statements.worked.get(began, id) as number | null;
  if (worked === null) return;
  const before = (JSON.parse(known) as [number, number][]).filter(([from]) => from < worked);
  statements.paused.run(json([...before, [worked, began]]), id);
}

/** Rows that were added to the large parts of a run, as the values of their columns. */
type Added = { histograms: unknown[][]; layers: unknown[][] };

function takeLine(statements: Statements, id: string, { line, offset, added }: { line: JournalLine; offset: number; added: Added }): void {
  const add = (part: keyof Added, statement: Statements['layers'], values: unknown[]): void => {
    statement.run(id, ...values);
    added[part].push(values);
  };
  switch (line.type) {
    case 'histogram': add('histograms', statements.histogram, [offset, line.name, line.step, json(line.edges), json(line.counts)]); break;
    case 'layers': add('layers', statements.layers, [offset, line.step, json(line.total), json({ tensors: line.tensors, sizes: line.sizes, measures: line.measures })]); break;
    case 'checkpoint': statements.checkpoint.run(id, line.path, offset, line.step, line.bytes, line.sha256, line.kind); break;
    case 'note': statements.note.run(id, offset, line.step, line.time, line.level, line.message); break;
    case 'state': statements.facts.run(json(line.engine), json(line.environment), json(line.dataset), line.totalSteps ?? null, instant(line.began ?? line.time), line.time, id); break;
    case 'end': statements.ended.run(instant(line.began ?? line.time), instant(line.time), id); break;
    case 'metrics': break;
  }
}

/** The first line of a session that goes on. */
const isResumed = (line: JournalLine): line is Extract<JournalLine, { type: 'state' }> => line.type === 'state' && line.resumedFrom !== undefined;

/** A journal that is gone counts as unchanged: its rows are all that is left. */
const sizeOf = (journal: string): number => lstatSync(journal, { throwIfNoEntry: false })?.size ?? Infinity;

/** An ingester over one connection. `ingestRun` reads what is new of a run's journal and returns how many metric rows that were. */
export function createIngest(database: SqliteDatabase, home: Home): Ingest {
  const append = createAppender(database);
  const statements = prepare(database);
  /** Null where somebody else has been here since the chunk was read: it is then read again from where they left. */
  const takeChunk = database.transaction((id: string, chunk: JournalChunk, { offset, cuts, paths }: { offset: number; cuts: number; paths: RunPaths }) => {
    const now = getRun(database, id);
    if (now?.journal_offset !== offset || now.journal_cuts !== cuts || readCuts(paths).length !== cuts) return null;
    for (const part of ['checkpoints', 'notes'] as const) checkOnce(database, id, part);
    const rows = append(id, metricRows(chunk));
    const added: Added = { histograms: [], layers: [] };
    for (const entry of chunk.lines) if (entry.line.type !== 'metrics') takeLine(statements, id, { ...entry, added });
    if (added.histograms.length + added.layers.length > 0) addToPart(database, id, added);
    if (chunk.lines.some(({ line }) => isResumed(line))) checkSeries(database, id, 'iter');
    for (const { line } of chunk.lines) if (isResumed(line)) takePause(statements, id, { began: line.began ?? line.time, known: getRun(database, id)?.pauses ?? '[]' });
    if (chunk.garbage > 0) statements.note.run(id, chunk.next, 0, chunk.lines.at(-1)?.line.time ?? 0, 'warning', `${chunk.garbage} unreadable line(s) of the journal were left out.`);
    if (chunk.garbage > 0 || chunk.lines.some(({ line }) => line.type === 'checkpoint' || line.type === 'note')) sumParts(database, id, ['checkpoints', 'notes']);
    const step = chunk.lines.reduce((largest, { line }) => (line.type === 'metrics' ? Math.max(largest, line.step) : largest), 0);
    statements.offset.run(chunk.next, step, id);
    return rows;
  });
  const takeCuts = database.transaction((id: string, paths: RunPaths) => {
    const cuts = readCuts(paths);
    const { journal_offset: offset = 0, journal_cuts: from = 0 } = getRun(database, id) ?? {};
    const deepest = cuts.slice(from).reduce((low, cut) => (cut.offset < low.offset ? cut : low), { offset: Infinity, step: Infinity });
    if (deepest.offset < offset) {
      cutBack(database, id, deepest);
      statements.cut.run(deepest.offset, cuts.length, deepest.step, id);
    } else statements.cut.run(offset, cuts.length, getRun(database, id)?.step ?? 0, id);
  });
  /** The journal is not the one that was read: another one was put in its place, or it lost its end. It is read from the start. */
  const startOver = database.transaction((id: string) => {
    cutBack(database, id, { step: -1, offset: 0 });
    statements.cut.run(0, 0, 0, id);
    statements.paused.run('[]', id);
  });
  return {
    ingestRun(id, given) {
      let total = 0;
      for (;;) {
        const row = getRun(database, id);
        const root = given?.root ?? (row && directoryOf(home, row));
        if (!row || !root) return { rows: total, offset: 0 };
        const paths = given ?? pathsIn(root);
        const cuts = readCuts(paths).length;
        // An announced cut first: it makes the journal shorter than what was read of it.
        if (cuts > row.journal_cuts) {
          takeCuts.immediate(id, paths);
          continue;
        }
        if (cuts < row.journal_cuts || sizeOf(paths.journal) < row.journal_offset) {
          startOver.immediate(id);
          continue;
        }
        const chunk = readJournal(paths.journal, row.journal_offset);
        if (chunk.next === row.journal_offset) return { rows: total, offset: chunk.next };
        total += takeChunk.immediate(id, chunk, { offset: row.journal_offset, cuts: row.journal_cuts, paths }) ?? 0;
      }
    },
  };
}
