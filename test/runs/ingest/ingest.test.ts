// Ingest: exactly once over interruptions and cuts, and the database made again from the directories alone.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createIngest, createRunDirectory, JournalWriter, openHome, openStore, rebuildByHand, rebuildStore, runPaths, type Home } from '#runs';
import { getRun, insertRun, setDesired, setState, layersAt, listNotes, listQuantiles, listRuns, openDatabase, readSeries, toRunDetail } from '#store';
import { createDocument } from '../../helpers/documents.ts';
import { temporaryFolder } from '../../helpers/folder.ts';

function setUp() {
  const home = openHome(temporaryFolder());
  const database = openStore(home, { notice() {} });
  const document = createDocument();
  const paths = createRunDirectory(home, document);
  insertRun(database, document);
  return { home, database, document, paths, ingest: createIngest(database, home), id: document.id };
}
/** Another database of the same directories. */
function rebuiltBeside(home: Home) {
  const other = { ...home, database: join(home.root, 'other.db') };
  const result = rebuildStore(other)!;
  return { fresh: openDatabase(other.database).database, result };
}
const metrics = (step: number) => ({ type: 'metrics' as const, step, time: step, values: { 'train/loss': 1 / step, lr: 0.1 } });
const steps = (database: ReturnType<typeof setUp>['database'], id: string) => Array.from(readSeries(database, id, { key: 'train/loss' }).steps);

test('what is read twice is kept once, whoever reads', () => {
  const { home, database, paths, ingest, id } = setUp();
  const journal = new JournalWriter(paths);
  for (let step = 1; step <= 50; step += 1) {
    journal.append(metrics(step));
    if (step % 7 === 0) journal.flush();
    if (step % 5 === 0) ingest.ingestRun(id);
    if (step % 11 === 0) createIngest(openDatabase(home.database).database, home).ingestRun(id);
  }
  journal.close();
  ingest.ingestRun(id);
  ingest.ingestRun(id);
  expect(steps(database, id)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  expect(toRunDetail(database, getRun(database, id)!)).toMatchObject({ step: 50, metrics: { 'train/loss': { count: 50, min: 0.02, minStep: 50 } } });
});

test('a cut journal takes its rows back, also when it has grown beyond the old end before anyone looks', () => {
  const { database, paths, ingest, id } = setUp();
  const journal = new JournalWriter(paths);
  for (let step = 1; step <= 10; step += 1) journal.append(metrics(step));
  journal.flush();
  const { offset } = journal;
  for (let step = 11; step <= 15; step += 1) journal.append(metrics(step));
  journal.append({ type: 'note', step: 15, time: 1, level: 'info', message: 'of the lost tail' });
  journal.flush();
  ingest.ingestRun(id);
  journal.cut(paths, { offset, step: 10 });
  for (let step = 11; step <= 40; step += 1) journal.append({ ...metrics(step), values: { 'train/loss': 7 } });
  journal.flush();
  ingest.ingestRun(id);
  expect(steps(database, id)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  expect(Array.from(readSeries(database, id, { key: 'train/loss', from: 11 }).values)).toEqual(Array(30).fill(7));
  expect(toRunDetail(database, getRun(database, id)!).metrics.lr?.count).toBe(10);
  expect(listNotes(database, id)).toEqual([]);
  journal.close();
});

test('what lies between the sessions of a run is kept, also after a rebuild, and after a session that was lost', () => {
  const { home, database, paths, ingest, id } = setUp();
  const journal = new JournalWriter(paths);
  const row = (step: number, time: number) => ({ type: 'metrics' as const, step, time, values: { iter: step } });
  const state = (time: number, resumedFrom?: number) => ({ type: 'state' as const, step: resumedFrom ?? 0, time: time + 5, state: 'running', reason: null, began: time, ...(resumedFrom === undefined ? {} : { resumedFrom }) });
  for (const line of [state(1000), row(1, 1100), row(2, 1200)]) journal.append(line);
  journal.flush();
  const { offset } = journal;
  for (const line of [row(3, 1300), state(5000, 2), row(3, 5100)]) journal.append(line);
  journal.flush();
  ingest.ingestRun(id);
  journal.cut(paths, { offset, step: 2 });
  for (const line of [state(9000, 2), row(3, 9100), row(4, 9200)]) journal.append(line);
  journal.flush();
  ingest.ingestRun(id);
  journal.close();
  const pauses = (): unknown => toRunDetail(database, getRun(database, id)!).pauses;
  expect(pauses()).toEqual([[1200, 9000]]);
  rebuildByHand(home);
  expect(pauses()).toEqual([[1200, 9000]]);
});

const layers = (step: number) => ({ type: 'layers' as const, step, time: step, tensors: ['a.weight', 'a.bias'], sizes: [12, 3], total: { step: [1, 2, step] as [number, number, number], beta1: null }, measures: { step: [[1, 2, 3] as [number, number, number], null], beta1: [null, [0.1, 0.5, step] as [number, number, number]] } });

test('quantiles by layer come once, go with a cut, and come back with a rebuilt database', () => {
  const { home, database, paths, ingest, id } = setUp();
  const journal = new JournalWriter(paths);
  for (const step of [10, 20]) journal.append(layers(step));
  journal.flush();
  const { offset } = journal;
  journal.append(layers(30));
  journal.flush();
  ingest.ingestRun(id);
  ingest.ingestRun(id);
  const stepsOf = (from: typeof database, tensor: string | null = null) => listQuantiles(from, id, { tensor }).map(({ step, quantiles }) => [step, quantiles]);
  expect(stepsOf(database).map(([step]) => step)).toEqual([10, 20, 30]);
  journal.cut(paths, { offset, step: 20 });
  journal.append({ ...layers(40), total: { step: [7, 7, 7] } });
  journal.close();
  ingest.ingestRun(id);
  const whole = [[10, { step: [1, 2, 10], beta1: null }], [20, { step: [1, 2, 20], beta1: null }], [40, { step: [7, 7, 7] }]];
  expect(stepsOf(database)).toEqual(whole);
  expect(stepsOf(database, 'a.bias')[1]).toEqual([20, { step: null, beta1: [0.1, 0.5, 20] }]);
  expect(stepsOf(database, 'unknown')[1]).toEqual([20, { step: null, beta1: null }]);
  expect(layersAt(database, id, 39)).toMatchObject({ step: 20, tensors: ['a.weight', 'a.bias'], sizes: [12, 3] });
  expect(layersAt(database, id, 9)).toBeNull();
  const { fresh } = rebuiltBeside(home);
  expect(stepsOf(fresh)).toEqual(whole);
});

test('garbage in a journal is noted and stops nothing', () => {
  const { database, paths, ingest, id } = setUp();
  appendFileSync(paths.journal, `${JSON.stringify(metrics(1))}\n\u0000\u0001garbage\n${JSON.stringify(metrics(2))}\n`);
  ingest.ingestRun(id);
  expect(steps(database, id)).toEqual([1, 2]);
  expect(listNotes(database, id)[0]?.message).toContain('1 unreadable line');
});

test('the run directories alone make the database again', () => {
  const { home, database, paths, ingest, id } = setUp();
  const journal = new JournalWriter(paths);
  for (let step = 1; step <= 5; step += 1) journal.append(metrics(step));
  journal.append({ type: 'checkpoint', step: 5, time: 1, kind: 'last', path: 'checkpoints/last.safetensors', bytes: 3, sha256: 'ab' });
  journal.append({ type: 'end', step: 5, time: 1, state: 'finished', reason: null });
  journal.close();
  ingest.ingestRun(id);
  const before = toRunDetail(database, getRun(database, id)!);
  mkdirSync(join(home.runs, 'not-a-run'));
  writeFileSync(join(home.runs, 'not-a-run', 'run.json'), '{');
  const { fresh, result } = rebuiltBeside(home);
  expect(result).toMatchObject({ runs: 1, rows: 10 });
  expect(result.unreadable).toHaveLength(1);
  const after = toRunDetail(fresh, getRun(fresh, id)!);
  expect(after).toEqual({ ...before, state: 'finished' });
  expect([after.startedAt, after.endedAt]).toEqual([new Date(1).toISOString(), new Date(1).toISOString()]);
  expect(listRuns(fresh)).toHaveLength(1);
  expect(runPaths(home, id).root).toContain(id);
});

test('a rebuild makes no run start: what waits goes on waiting in its order, what a person stopped stays stopped, the rest is stopped', () => {
  const { home, database, document: first } = setUp();
  const [second, stopped, lost] = [1, 2, 3].map(() => createDocument());
  for (const document of [second!, stopped!, lost!]) createRunDirectory(home, document);
  for (const document of [second!, stopped!]) insertRun(database, document);
  database.prepare('UPDATE runs SET position = -1 WHERE id = ?').run(second!.id);
  setDesired(database, stopped!.id, 'stopped');
  setState(database, stopped!.id, { state: 'stopped', reason: 'Removed from the queue before it started.' });
  expect(rebuildByHand(home).unstarted).toEqual([lost!.id]);
  expect(listRuns(database, { states: ['queued'] }).sort((a, b) => a.position - b.position).map(({ id }) => id)).toEqual([second!.id, first.id]);
  expect(getRun(database, stopped!.id)).toMatchObject({ state: 'stopped', reason: 'Removed from the queue before it started.' });
  expect(getRun(database, lost!.id)).toMatchObject({ state: 'stopped', reason: expect.stringContaining('had not started') as string, ended_at: null });
  const { fresh, result } = rebuiltBeside(home);
  expect(result.unstarted).toEqual([]);
  expect(listRuns(fresh).map(({ state, reason, position }) => [state, reason, position])).toEqual(listRuns(database).map(({ state, reason, position }) => [state, reason, position]));
});

test('a rebuild tells the same start and end, and what only the host knew of the end', () => {
  const { home, database, paths, ingest, id } = setUp();
  const started = Date.UTC(2026, 0, 1);
  const journal = new JournalWriter(paths);
  journal.append({ type: 'note', step: 0, time: started + 4000, level: 'error', message: 'no data set' });
  journal.append({ type: 'end', step: 0, time: started + 5000, state: 'failed', reason: 'no data set', began: started });
  journal.close();
  setState(database, id, { state: 'starting' });
  ingest.ingestRun(id);
  setState(database, id, { state: 'failed', reason: 'no data set' });
  const crashed = createDocument();
  const other = new JournalWriter(createRunDirectory(home, crashed));
  other.append(metrics(1));
  other.close();
  insertRun(database, crashed);
  setState(database, crashed.id, { state: 'starting' });
  setState(database, crashed.id, { state: 'failed', reason: 'The trainer crashed with SIGSEGV.' });
  const told = (from: typeof database) => [id, crashed.id].map((run) => getRun(from, run)).map((row) => [row!.state, row!.reason, row!.started_at, row!.ended_at]);
  const before = told(database);
  rebuildByHand(home);
  expect(told(database)).toEqual(before);
  expect(before[0]![3]).toBe(new Date(started + 5000).toISOString());
  const { fresh } = rebuiltBeside(home);
  expect(told(fresh)).toEqual(before);
});

test('lines of a wrong shape stop nothing', () => {
  const { database, paths, ingest, id } = setUp();
  const bad = [{ type: 'note', step: 1 }, { type: 'metrics', step: 1, values: {} }, { type: 'metrics', step: 1, time: 'x', values: {} }, { type: 'checkpoint', step: 1, time: 1 }, { type: 'state', step: 1, time: 1, totalSteps: 'x' }, { type: 'metrics', step: 1, time: 1, values: { a: {} } }, { type: 'metrics', step: 2 ** 60, time: 1, values: {} }, { ...layers(1), total: { step: [1, 2] } }];
  appendFileSync(paths.journal, `${[...bad, metrics(3)].map((line) => JSON.stringify(line)).join('\n')}\n`);
  ingest.ingestRun(id);
  expect(steps(database, id)).toEqual([3]);
  expect(listNotes(database, id)[0]?.message).toContain('8 unreadable');
});

test('two processes that ingest one growing journal count every row once', async () => {
  const { home, database, paths, id } = setUp();
  const program = `import { openHome, createIngest } from '#runs'; import { openDatabase } from '#store';
    const home = openHome(${JSON.stringify(home.root)}); const ingest = createIngest(openDatabase(home.database).database, home);
    process.stdout.write('ready'); const end = () => { ingest.ingestRun(${JSON.stringify(id)}); process.exit(0); };
    process.stdin.on('end', end).resume(); setInterval(() => ingest.ingestRun(${JSON.stringify(id)}), 1);`;
  const children = [1, 2].map(() => spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: fileURLToPath(new URL('../../..', import.meta.url)), stdio: ['pipe', 'pipe', 'inherit'] }));
  await Promise.all(children.map((child) => new Promise((resolve) => child.stdout!.once('data', resolve))));
  const journal = new JournalWriter(paths);
  for (let step = 1; step <= 4000; step += 1) {
    journal.append(metrics(step));
    journal.flush();
    if (step % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  journal.close();
  await Promise.all(children.map((child) => new Promise((resolve) => {
    child.once('exit', resolve);
    child.stdin!.end();
  })));
  expect(steps(database, id)).toHaveLength(4000);
  expect(toRunDetail(database, getRun(database, id)!).metrics['train/loss']?.count).toBe(4000);
});
