// The pace of a run: averaged by the wall clock over whole rounds between evaluations, what lay between its sessions left out.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAppender, getRun, insertRun, openDatabase, secondsPerStep, setState, viewRuns, type RunRow } from '#store';
import { createDocument } from '../helpers/documents.ts';
import { temporaryFolder } from '../helpers/folder.ts';

/** A run whose evaluations on the test split come every `every` steps. */
function runOf(every: number) {
  const { database } = openDatabase(join(temporaryFolder(), 'lab.db'));
  const document = createDocument();
  document.config = { ...document.config, train: { ...(document.config.train as object), eval_test_freq: every } };
  insertRun(database, document);
  const append = createAppender(database);
  const row = () => getRun(database, document.id) as RunRow;
  return {
    log: (points: [step: number, seconds: number][]) => database.transaction(() => append(document.id, points.map(([step, seconds]) => ({ key: 'iter', step, time: 1000 * seconds, value: step }))))(),
    begin: (seconds: number) => database.prepare('UPDATE runs SET session_at = ? WHERE id = ?').run(1000 * seconds, document.id),
    pace: () => secondsPerStep(database, row(), document.config),
    enter: (...states: ('starting' | 'running' | 'stopping' | 'stopped')[]) => { for (const state of states) setState(database, document.id, { state }); },
    seen: () => viewRuns(database, [row()])[0]?.secondsPerStep,
  };
}
/** Points of `steps` steps of a tenth of a second, the first at `start`, with an evaluation of 5 s at every 100th. */
const steps = (from: number, to: number, start: number): [number, number][] => Array.from({ length: to - from + 1 }, (_, index) => [from + index, start + 0.1 * index + 5 * (Math.floor((from + index) / 100) - Math.floor(from / 100))]);

test('a single quick step moves nothing; evaluations count, whatever part of a round has passed', () => {
  const { log, pace } = runOf(100);
  expect(pace()).toBeNull();
  log(steps(1, 1, 0));
  expect(pace()).toBeNull(); // one point has no rate
  const all = steps(1, 3000, 0);
  log(all.slice(1, 2000));
  expect(pace()).toBeCloseTo(0.15);
  log(all.slice(2000, 2037));
  expect(pace()).toBeCloseTo(0.15); // 10 s of steps and 5 s of evaluation by each 100
  log([[2038, (all[2036]?.[1] ?? 0) + 0.001]]);
  expect(pace()).toBeCloseTo(0.15, 2);
});

test('what was long ago is forgotten, once a minute and a round have passed', () => {
  const { log, pace } = runOf(0);
  log(Array.from({ length: 100 }, (_, index) => [index + 1, 10 * index])); // 10 s each
  log(Array.from({ length: 700 }, (_, index) => [index + 101, 1000 + 0.1 * index]));
  expect(pace()).toBeCloseTo(0.1);
});

test('what lies before the first step of a session is no part of its pace', () => {
  const { log, begin, pace } = runOf(0);
  begin(0);
  log(Array.from({ length: 50 }, (_, index) => [index + 1, 0.1 * index]));
  expect(pace()).toBeCloseTo(0.1);
  begin(30);
  expect(pace()).toBeNull();
  log([[51, 40], [52, 40.2], [53, 40.4]]); // 10 s until the step was compiled
  expect(pace()).toBeCloseTo(0.2);
});

test('a run that rests has no pace', () => {
  const { log, enter, seen } = runOf(0);
  log([[1, 0], [2, 0.5]]);
  expect(seen()).toBeNull();
  enter('starting', 'running');
  expect(seen()).toBeCloseTo(0.5);
  enter('stopping', 'stopped');
  expect(seen()).toBeNull();
});
