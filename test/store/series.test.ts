// Curves out of the store: kept while they are what they were, read anew when rows come, or when a journal was cut and written again.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAppender, cutBack, insertRun, openDatabase, readSeries } from '#store';
import { createDocument } from '../helpers/documents.ts';
import { temporaryFolder } from '../helpers/folder.ts';

function withCurve(values: number[]) {
  const { database } = openDatabase(join(temporaryFolder(), 'lab.db'));
  const document = createDocument();
  insertRun(database, document);
  const append = createAppender(database);
  const log = (rows: [number, number][]) => database.transaction(() => append(document.id, rows.map(([step, value]) => ({ key: 'loss', step, time: 1000 * step, value }))))();
  log(values.map((value, index) => [index + 1, value]));
  const read = (range = {}) => { const { steps, times, values: found } = readSeries(database, document.id, { key: 'loss', ...range }); return { steps: [...steps], times: [...times], values: [...found] }; };
  return { database, id: document.id, log, read };
}

test('a whole curve, NaN and infinities with it; another metric is empty', () => {
  const { database, id, read } = withCurve([1, NaN, Infinity]);
  expect(read()).toEqual({ steps: [1, 2, 3], times: [1000, 2000, 3000], values: [1, NaN, Infinity] });
  expect(read({ from: 2, to: 2 })).toEqual({ steps: [2], times: [2000], values: [NaN] });
  expect(read({ limit: 2 }).steps).toEqual([1, 2]);
  expect(read({ from: 9 }).steps).toEqual([]);
  expect(readSeries(database, id, { key: 'none' }).steps).toHaveLength(0);
});

const many = Array.from({ length: 600 }, (_, index) => Math.cos(index));

test('what is kept is given again, until a row comes', () => {
  const { database, id, log, read } = withCurve(many);
  const first = readSeries(database, id, { key: 'loss' });
  expect(readSeries(database, id, { key: 'loss', limit: 10_000 }).values).toBe(first.values);
  log([[601, 30]]);
  expect(read().values).toEqual([...many, 30]);
  log([[601, 31]]); // a step again
  expect(read().values).toEqual([...many, 31]);
});

test('a journal that was cut and grew to the same length makes another curve', () => {
  const { database, id, log, read } = withCurve(many);
  expect(read().values).toEqual(many);
  database.transaction(() => {
    cutBack(database, id, { step: 598, offset: 0 });
    database.prepare('UPDATE runs SET journal_cuts = journal_cuts + 1 WHERE id = ?').run(id);
  })();
  log([[599, 20], [600, 30]]);
  expect(read().values).toEqual([...many.slice(0, 598), 20, 30]);
});
