// The store on a real SQLite file: settings, migrations, damage, transitions, metrics with their summaries.
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { chmodSync, closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { createAppender, cutBack, getRun, insertRun, listRuns, nextQueued, openDatabase, readSeries, reorder, requeue, setDesired, setState, summaries, toRunDetail } from '#store';
import { runStates } from '#contract';
import { migrations } from '../../src-main/store/migrations/index.ts';
import { createDocument } from '../helpers/documents.ts';
import { temporaryFolder } from '../helpers/folder.ts';

const open = (file = join(temporaryFolder(), 'lab.db')) => openDatabase(file).database;

test('every open sets WAL, durable commits and foreign keys anew', () => {
  const file = join(temporaryFolder(), 'lab.db');
  open(file).close();
  const database = open(file);
  expect(['journal_mode', 'synchronous', 'foreign_keys'].map((name) => database.pragma(name))).toEqual(['wal', 2, 1]);
  database.close();
});

test.skipIf(process.platform === 'win32')('only its owner reads the database, in a folder that was there before with a file that all could read', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'lab.db');
  chmodSync(folder, 0o755);
  writeFileSync(file, '', { mode: 0o644 });
  const database = open(file);
  insertRun(database, createDocument());
  expect(['', '-wal', '-shm'].map((suffix) => statSync(`${file}${suffix}`).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  database.close();
});

test('migrations are frozen: a changed one would break the databases that have it', () => {
  expect(migrations.map((text) => createHash('sha256').update(text).digest('hex').slice(0, 16))).toEqual(['a82c15b7aa03f35f', '489da75ff40bfd50', 'c979148f3156373c', 'fbc1c098eac0d9d2', '4541f6e199725c7e', '9041af7f4f765f86']);
});

test('all tables are STRICT', () => {
  const database = open();
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").pluck().all() as string[];
  for (const name of tables) expect(database.prepare(`SELECT strict FROM pragma_table_list WHERE name = ?`).pluck().get(name), name).toBe(1);
});

test('eight processes that start together migrate once', async () => {
  const file = join(temporaryFolder(), 'lab.db');
  const program = `import { openDatabase } from '#store'; openDatabase(${JSON.stringify(file)}).database.close();`;
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const ends = await Promise.all(Array.from({ length: 8 }, () => new Promise<number | null>((resolve) => {
    spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: root, stdio: 'inherit' }).once('exit', resolve);
  })));
  expect(ends).toEqual(Array(8).fill(0));
  expect(open(file).pragma('user_version')).toBe(migrations.length);
});

test('a newer schema is refused and left alone', () => {
  const file = join(temporaryFolder(), 'lab.db');
  const database = open(file);
  database.pragma('user_version = 99');
  database.prepare("UPDATE meta SET value = '99' WHERE key = 'schema'").run();
  database.close();
  expect(() => openDatabase(file)).toThrow(expect.objectContaining({ code: 'STORE_NEWER' }));
  expect(new Database(file).pragma('user_version', { simple: true })).toBe(99);
});

test('a damaged file without a way to repair it is a typed error, and is left alone', () => {
  const file = join(temporaryFolder(), 'lab.db');
  open(file).close();
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(4096, 7), 0, 4096, 0);
  closeSync(handle);
  const before = readFileSync(file);
  expect(() => openDatabase(file)).toThrow(expect.objectContaining({ code: 'DATABASE_DAMAGED', place: { file } }));
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a lock held by another process for too long is a typed error', () => {
  const file = join(temporaryFolder(), 'lab.db');
  const holder = open(file);
  insertRun(holder, createDocument());
  const other = openDatabase(file, { busyTimeoutMs: 50 }).database;
  holder.exec('BEGIN IMMEDIATE');
  expect(() => setDesired(other, listRuns(other)[0]!.id, 'stopped')).toThrow(/locked/);
  holder.exec('ROLLBACK');
});

describe('the states of a run', () => {
  test('a finished run never leaves its state, a resting one is queued again', () => {
    const database = open();
    const document = createDocument();
    insertRun(database, document);
    for (const state of ['starting', 'running', 'interrupted'] as const) setState(database, document.id, { state });
    requeue(database, document.id);
    for (const state of ['starting', 'running', 'finished'] as const) setState(database, document.id, { state });
    for (const state of runStates.filter((name) => name !== 'finished')) expect(() => setState(database, document.id, { state })).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
  });

  test('500 random commands never leave the table of transitions', () => {
    const database = open();
    const document = createDocument();
    insertRun(database, document);
    let seed = 7;
    for (let index = 0; index < 500; index += 1) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      try {
        setState(database, document.id, { state: runStates[seed % runStates.length]! });
      } catch (error) {
        expect(error).toMatchObject({ code: 'CONFLICT' });
      }
      expect(runStates).toContain(getRun(database, document.id)?.state);
    }
  });

  test('several runs change places at once, in the order that is given', () => {
    const database = open();
    const ids = Array.from({ length: 5 }, createDocument).map((document) => { insertRun(database, document); return document.id; });
    const order = () => listRuns(database).toSorted((one, other) => one.position - other.position).map(({ id }) => ids.indexOf(id)).join('');
    const move = (moved: number[], before: number | null) => reorder(database, moved.map((index) => ids[index] as string), before === null ? null : (ids[before] as string));
    for (const [moved, before, wanted] of [[[1, 3], 0, '13024'], [[3, 0, 2], null, '14302'], [[2, 4], 4, '12430'], [[2, 1], 1, '21430'], [[0], 0, '21430']] as const) {
      move([...moved], before);
      expect(order()).toBe(wanted);
    }
    setState(database, ids[4] as string, { state: 'starting' });
    expect(() => move([1, 4], 3)).toThrow(/not in the queue/);
    expect(order()).toBe('21430');
  });

  test('the queue goes by position and can be reordered', () => {
    const database = open();
    const [a, b, c] = [createDocument(), createDocument(), createDocument()];
    [a, b, c].forEach((document) => insertRun(database, document));
    reorder(database, [c.id], a.id);
    expect(nextQueued(database)?.id).toBe(c.id);
    setDesired(database, c.id, 'stopped');
    expect(nextQueued(database)?.id).toBe(a.id);
    reorder(database, [a.id], null);
    expect(nextQueued(database)?.id).toBe(b.id);
    setState(database, b.id, { state: 'starting' });
    expect(() => reorder(database, [a.id], b.id)).toThrow(/not in the queue/);
    expect(() => reorder(database, [b.id], null)).toThrow(/not in the queue/);
  });

  test('saying a reason anew does not move the end of a run', () => {
    const database = open();
    const { id } = createDocument();
    insertRun(database, { ...createDocument(), id });
    setState(database, id, { state: 'starting' });
    setState(database, id, { state: 'failed', reason: 'one' });
    database.prepare("UPDATE runs SET ended_at = 'then' WHERE id = ?").run(id);
    setState(database, id, { state: 'failed', reason: 'two' });
    expect(getRun(database, id)).toMatchObject({ ended_at: 'then', reason: 'two' });
  });

  test('a run so short that its end is read before it is seen to run ends when its journal says; resumed, it has no end', () => {
    const database = open();
    const document = createDocument();
    insertRun(database, document);
    setState(database, document.id, { state: 'starting' });
    database.prepare("UPDATE runs SET ended_at = 'then' WHERE id = ?").run(document.id);
    setState(database, document.id, { state: 'running' });
    setState(database, document.id, { state: 'stopped' });
    expect(getRun(database, document.id)?.ended_at).toBe('then');
    setState(database, document.id, { state: 'queued' });
    expect(getRun(database, document.id)?.ended_at).toBeNull();
  });
});

describe('metrics', () => {
  const values = [3, NaN, 1, Infinity, -Infinity, 2, 1e308, -0];

  test('non-finite values are kept apart; smallest and largest know their steps', () => {
    const database = open();
    const document = createDocument();
    insertRun(database, document);
    createAppender(database)(document.id, values.map((value, index) => ({ key: 'loss', step: index + 1, time: 0, value })));
    expect(Array.from(readSeries(database, document.id, { key: 'loss' }).values)).toEqual(values.map((value) => value + 0));
    expect(summaries(database, document.id).loss).toEqual({ last: 0, lastStep: 8, min: 0, minStep: 8, max: 1e308, maxStep: 7, count: 8 });
  });

  test('a cut takes back exactly what came after it', () => {
    const database = open();
    const document = createDocument();
    insertRun(database, document);
    const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => ({ key: 'loss', step: from + index, time: 0, value: 100 - from - index }));
    const append = createAppender(database);
    append(document.id, rows(1, 6));
    const before = toRunDetail(database, getRun(database, document.id)!).metrics;
    append(document.id, rows(6, 20));
    cutBack(database, document.id, { step: 5, offset: 0 });
    expect(toRunDetail(database, getRun(database, document.id)!).metrics).toEqual(before);
  });
});
