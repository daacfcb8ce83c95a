// Curves and live deltas through the router: nothing lost, nothing twice, extremes kept, cuts told.
import { appendFileSync, truncateSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runPaths } from '#runs';
import { decimate, type PackedPoints } from '#contract';
import { createClient, createContext, gather, transports, type LiveEvent } from '#test/client.ts';
import { journal, metrics } from '#test/journals.ts';
import { unpackPoints } from '../../src-renderer/client/points.ts';

const columns = (points: PackedPoints) => { const { steps, times, values } = unpackPoints(points); return { steps: [...steps], times: [...times], values: [...values] }; };

describe.each(transports)('%s', (transport) => {
  const connect = async () => {
    const context = createContext();
    const client = await createClient(transport, context);
    const made = await client.runs.enqueue.mutate({ overrides: ['experiment=quickstart'] });
    return { lab: context.lab, client, runId: made[0]?.id as string };
  };

  test('rows after a cursor, with values that are not finite', async () => {
    const { lab, client, runId } = await connect();
    journal(lab, runId, [metrics(1, { loss: 2, lr: 1 }), metrics(2, { loss: 'NaN', lr: 1 }), metrics(3, { loss: '-Infinity', lr: 1 })]);
    expect(await client.curves.keys.query({ runId })).toEqual(['loss', 'lr']);
    const first = await client.curves.rows.query({ runId, key: 'loss', cursor: null, limit: 2 });
    expect(first).toMatchObject({ reset: true, more: true });
    expect(columns(first.points)).toEqual({ steps: [1, 2], times: [1000, 2000], values: [2, NaN] });
    const second = await client.curves.rows.query({ runId, key: 'loss', cursor: first.cursor });
    expect(second).toMatchObject({ reset: false, more: false });
    expect(columns(second.points)).toEqual({ steps: [3], times: [3000], values: [-Infinity] });
    expect(await client.curves.rows.query({ runId, key: 'loss', cursor: second.cursor })).toMatchObject({ reset: false, points: { count: 0 }, cursor: second.cursor });
    await expect(client.curves.rows.query({ runId: 'none', key: 'loss', cursor: null })).rejects.toMatchObject({ data: { lab: { code: 'NOT_FOUND' } } });
  });

  test('decimation keeps the extremes of the whole', async () => {
    const { lab, client, runId } = await connect();
    const value = (step: number) => (step === 7001 ? -50 : step === 7002 ? 90 : Math.sin(step / 100));
    journal(lab, runId, Array.from({ length: 20_000 }, (_, index) => metrics(index + 1, { loss: value(index + 1) })));
    const curve = await client.curves.decimated.query({ runId, key: 'loss', width: 100 });
    expect(curve).toMatchObject({ total: 20_000, first: 1, last: 20_000, cursor: { step: 20_000 } });
    expect(curve.steps.length).toBeLessThanOrEqual(400);
    expect([Math.min(...curve.values.map(Number)), Math.max(...curve.values.map(Number))]).toEqual([-50, 90]);
    expect(curve.steps.map(value)).toEqual(curve.values);
    const part = await client.curves.decimated.query({ runId, key: 'loss', width: 100, from: 7000, to: 7003 });
    expect(part.steps).toEqual([7000, 7001, 7002, 7003]);
  });

  test('histograms of beta1', async () => {
    const { lab, client, runId } = await connect();
    journal(lab, runId, [10, 20].map((step) => ({ type: 'histogram', step, time: 1, name: 'beta1', edges: [0, 0.5, 1], counts: [step, 1] })));
    const { histograms, more, cuts } = await client.curves.histograms.query({ runId, limit: 1 });
    expect({ histograms, more, cuts }).toMatchObject({ histograms: [{ step: 10, edges: [0, 0.5, 1], counts: [10, 1] }], more: true, cuts: 0 });
    const rest = await client.curves.histograms.query({ runId, after: histograms[0]?.offset });
    expect(rest).toMatchObject({ histograms: [{ step: 20 }], more: false });
  });

  test('the optimizer by layer: one tensor or all over the steps, all tensors at one step', async () => {
    const { lab, client, runId } = await connect();
    expect(await client.curves.quantiles.query({ runId })).toEqual({ rows: [], more: false, cuts: 0 });
    expect(await client.curves.layers.query({ runId })).toBeNull();
    const triple = (value: number): [number, number, number] => [value, value + 1, value + 2];
    journal(lab, runId, [10, 20].map((step) => ({ type: 'layers', step, time: 1, tensors: ['w', 'b'], sizes: [4, 2], total: { step: triple(step) }, measures: { step: [triple(0), triple(step)] } })));
    const { rows, more } = await client.curves.quantiles.query({ runId, limit: 1 });
    expect([rows, more]).toMatchObject([[{ step: 10, quantiles: { step: [10, 11, 12] } }], true]);
    expect(await client.curves.quantiles.query({ runId, tensor: 'b', after: rows[0]?.offset })).toMatchObject({ rows: [{ step: 20, quantiles: { step: [20, 21, 22] } }], more: false });
    expect(await client.curves.layers.query({ runId, step: 19 })).toMatchObject({ step: 10, tensors: ['w', 'b'], sizes: [4, 2] });
    expect(await client.curves.layers.query({ runId })).toMatchObject({ step: 20, measures: { step: [[0, 1, 2], [20, 21, 22]] } });
    await expect(client.curves.quantiles.query({ runId: 'none' })).rejects.toMatchObject({ data: { lab: { code: 'NOT_FOUND' } } });
  });

  test('deltas tell changed runs and new rows, each once, also after connecting again', async () => {
    const { lab, client, runId } = await connect();
    const { cursor } = await client.runs.list.query();
    const series = [{ runId, key: 'loss', cursor: null }];
    const steps = (events: LiveEvent[]) => events.flatMap(({ data }) => data.series.flatMap((delta) => columns(delta.points).steps));
    const watch = (lastEventId?: string) => (until: number) => gather<LiveEvent>((watcher) => client.live.changes.subscribe({ cursor, series, lastEventId }, watcher), (all) => steps(all).includes(until));
    const early = watch()(3);
    journal(lab, runId, [metrics(1, { loss: 1 })]);
    journal(lab, runId, [metrics(2, { loss: 1 }), metrics(3, { loss: 1 })]);
    const before = await early;
    expect(steps(before)).toEqual([1, 2, 3]);
    expect(before.flatMap(({ data }) => data.runs).at(-1)).toMatchObject({ id: runId, step: 3, metrics: { loss: { count: 3 } } });
    journal(lab, runId, [metrics(4, { loss: 1 })]);
    const late = watch(before.at(-1)?.id)(5);
    journal(lab, runId, [metrics(5, { loss: 1 })]);
    const after = await late;
    expect(steps(after)).toEqual([4, 5]);
    expect(after.every(({ data }) => data.series.every(({ reset }) => !reset))).toBe(true);
  });

  test('a journal that was cut back begins the curve anew', async () => {
    const { lab, client, runId } = await connect();
    const paths = runPaths(lab.home, runId);
    journal(lab, runId, [metrics(1, { loss: 1 })]);
    const { size } = statSync(paths.journal);
    journal(lab, runId, [metrics(2, { loss: 2 }), metrics(3, { loss: 3 })]);
    const { cursor } = await client.curves.rows.query({ runId, key: 'loss', cursor: null });
    appendFileSync(paths.cuts, `${JSON.stringify({ offset: size, step: 1 })}\n`);
    truncateSync(paths.journal, size);
    journal(lab, runId, [metrics(2, { loss: 20 })]);
    const events = await gather<LiveEvent>((watcher) => client.live.changes.subscribe({ cursor: null, series: [{ runId, key: 'loss', cursor }] }, watcher), (all) => all.some(({ data }) => data.series.length > 0));
    const series = events[0]?.data.series ?? [];
    expect(series).toMatchObject([{ reset: true, cursor: { cuts: 1, step: 2 } }]);
    expect(columns(series[0]!.points)).toMatchObject({ steps: [1, 2], values: [1, 20] });
  });

  test('runs that are gone are told, and a store that was made anew', async () => {
    const { client, runId } = await connect();
    const { cursor } = await client.runs.list.query();
    const gone = gather<LiveEvent>((watcher) => client.live.changes.subscribe({ cursor, series: [] }, watcher), (all) => all.some(({ data }) => data.removed.length > 0));
    await client.runs.trash.mutate({ run: runId });
    await client.runs.purge.mutate({ run: runId });
    expect((await gone).at(-1)?.data.removed).toEqual([runId]);
    const [other] = await gather<LiveEvent>((watcher) => client.live.changes.subscribe({ cursor: 'another:999', series: [] }, watcher), () => true);
    expect(other?.data).toMatchObject({ reset: true, runs: [], removed: [] });
  });
});

test('decimation keeps first, smallest, largest, last of every column, and what is not finite', () => {
  const values = Array.from({ length: 1000 }, (_, index) => (index === 500 ? NaN : index === 501 ? Infinity : Math.cos(index)));
  const steps = values.map((_, index) => 3 * index);
  const kept = decimate(steps, values, 10);
  expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
  expect(kept).toEqual(expect.arrayContaining([0, 500, 501, 999]));
  for (let column = 0; column < 10; column += 1) {
    const inside = values.map((_, index) => index).filter((index) => Math.floor((steps[index] as number) / (2998 / 10)) === column);
    const finite = inside.filter((index) => Number.isFinite(values[index]));
    const of = (pick: (...numbers: number[]) => number) => pick(...finite.map((index) => values[index] as number));
    const shown = kept.filter((index) => inside.includes(index)).map((index) => values[index]);
    expect(shown).toEqual(expect.arrayContaining([of(Math.min), of(Math.max), values[inside[0] as number], values[inside.at(-1) as number]]));
  }
});
