// The loop: what it logs and when, skipped steps, divergence, requests.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWasmEngine, decodeSafetensors, restoreState, runLoop, totalSteps, type Engine, type LoopHooks } from '#training';
import { createHooks, createSource, createState, disposeState, experimentOf, tiny, untimed, type SourceOptions } from '#test/training.ts';

let engine: Engine;
beforeAll(async () => { engine = await createWasmEngine({ threads: 1 }); });
afterAll(() => engine.dispose());

async function run(overrides: string[], { source = {}, hooks: given = {} }: { source?: SourceOptions; hooks?: Partial<LoopHooks> } = {}) {
  const experiment = experimentOf(...tiny, ...overrides);
  const state = createState(engine, experiment);
  const { heard, hooks } = createHooks(state, given);
  const outcome = await runLoop({ state, experiment, source: createSource(source), hooks }).then((end) => ({ end, error: null }), (error: Error) => ({ end: null, error }));
  return { ...heard, ...outcome, state };
}

const column = (rows: { values: Record<string, number> }[], key: string) => rows.map(({ values }) => values[key]);

describe('what is logged', () => {
  test('every iteration has its rows, epochs their mean, the end its test', async () => {
    const { rows, end, state } = await run([]);
    expect(end).toEqual({ state: 'finished', reason: null });
    expect(rows.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    const everywhere = ['lr', 'iter', 'epoch', 'train/loss', 'train/accuracy', 'val/loss', 'val/accuracy', 'train_time', 'val_time', 'data_time', 'grad_norm', 'skipped_steps'];
    for (const { values } of rows) expect(Object.keys(values)).toEqual(expect.arrayContaining(everywhere));
    expect(column(rows, 'iter')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(column(rows, 'epoch')).toEqual([0, 0, 0, 1, 1, 1]);
    expect(column(rows, 'data_time')).toEqual(Array(6).fill(0.001));
    const losses = column(rows, 'train/loss') as number[];
    const mean = (from: number) => losses.slice(from, from + 3).reduce((sum, loss) => sum + loss, 0) / 3;
    expect(column(rows, 'train/epoch_loss')).toEqual([undefined, undefined, mean(0), undefined, undefined, mean(3)]);
    expect(column(rows, 'test/loss').map((value) => value !== undefined)).toEqual([false, false, false, false, false, true]);
    disposeState(state);
  });

  test('frequencies count iterations; 0 and -1 switch off', async () => {
    const { rows, histograms, state } = await run(['train.val_freq=2', 'train.eval_test_freq=4', 'train.optimizer_log_freq=3']);
    expect(rows.filter(({ values }) => 'val/loss' in values).map(({ step }) => step)).toEqual([2, 4, 6]);
    expect(rows.filter(({ values }) => 'test/loss' in values).map(({ step }) => step)).toEqual([4, 6]);
    expect(rows.filter(({ values }) => 'beta1_median' in values).map(({ step }) => step)).toEqual([3, 6]);
    expect(histograms.map(({ step, name }) => [step, name])).toEqual([[3, 'beta1'], [6, 'beta1']]);
    expect(histograms[0]?.counts.reduce((sum, count) => sum + count, 0)).toBe(state.model.parameterCount);
    disposeState(state);
    const silent = await run(['train.val_freq=0', 'train.eval_test_freq=-1', 'train.optimizer_log_freq=-1']);
    expect(silent.rows.some(({ values }) => 'val/loss' in values || 'beta1_mean' in values)).toBe(false);
    disposeState(silent.state);
  });

  test('the rate follows the schedule, one step an iteration, skipped ones too; plateau looks at val/loss', async () => {
    const steps = await run(['train/scheduler=stepLR', 'train.scheduler.step_size=2', 'train.scheduler.gamma=0.5', 'train.grad_skip_thr=1e-6']);
    expect(column(steps.rows, 'lr')).toEqual([0.01, 0.01, 0.005, 0.005, 0.0025, 0.0025]);
    const plateau = await run(['train/scheduler=plateau', 'train.scheduler.patience=0', 'train.val_freq=2'], { source: { valScaleAt: (index) => index + 1 } });
    const [, , first, , second] = column(plateau.rows, 'val/loss').map((_, index, losses) => losses[index - 1]);
    expect(second).toBeGreaterThan(first as number);
    expect(column(plateau.rows, 'lr')).toEqual([0.01, 0.01, 0.01, 0.01, 0.005, 0.005]);
    [steps, plateau].forEach(({ state }) => disposeState(state));
  });

  test('Adam logs beta1 / (1 - beta1^t) and no histogram', async () => {
    const { rows, histograms, state } = await run(['train/optimizer=adam', 'train.optimizer_log_freq=2']);
    expect(column(rows, 'beta1_mean')[1]).toBeCloseTo(0.9 / (1 - 0.9 ** 2), 12);
    expect(histograms).toEqual([]);
    disposeState(state);
  });

  test('max_epochs counts whole passes', () => {
    expect(totalSteps(experimentOf(...tiny, 'train.max_epochs=5'), createSource())).toBe(15);
  });

  test('a smaller last batch of the test split counts by its rows', async () => {
    const one = await run(['train.max_iter=1'], { source: { testRows: [4] } });
    const two = await run(['train.max_iter=1'], { source: { testRows: [4, 1] } });
    const [first, both] = [one, two].map(({ rows }) => rows[0]?.values['test/accuracy'] as number);
    expect([4 * first! / 5, (4 * first! + 1) / 5]).toContainEqual(both);
    [one, two].forEach(({ state }) => disposeState(state));
  });
});

describe('steps that are skipped', () => {
  test('a gradient norm at the threshold skips: no parameter, no optimizer state changes, and it is counted', async () => {
    const { state, saved, rows } = await run(['train.grad_skip_thr=1e-6', 'train.save_freq=1', 'train.max_iter=3']);
    expect(column(rows, 'skipped_steps')).toEqual([1, 2, 3]);
    expect(state.optimizer.t).toBe(0);
    const fresh = createState(engine, experimentOf(...tiny));
    for (const [index, { variable }] of state.model.parameters.entries()) expect(await engine.read(variable)).toEqual(await engine.read(fresh.model.parameters[index]!.variable));
    const slots = [...decodeSafetensors(saved.at(-1)!.bytes, 'x').tensors.values()].filter(({ name }) => name.startsWith('optimizer/'));
    expect(slots.every(({ data }) => (data as Float32Array).every((value) => value === 0))).toBe(true);
    [state, fresh].forEach(disposeState);
  });

  test('a NaN loss skips and training goes on; NaN for long ends the run', async () => {
    const once = await run(['train.val_freq=0'], { source: { scaleAt: (iteration) => (iteration === 1 ? NaN : 1) } });
    expect(column(once.rows, 'skipped_steps')).toEqual([0, 1, 1, 1, 1, 1]);
    expect(column(once.rows, 'train/loss').map(Number.isNaN)).toEqual([false, true, false, false, false, false]);
    expect(once.end).toEqual({ state: 'finished', reason: '1 of 6 steps were skipped: their gradients were not finite.' });
    expect(once.rows[2]?.values['train/epoch_loss']).toBeNaN(); // the mean of an epoch with a lost loss is no number
    expect(once.rows[5]?.values['train/epoch_loss']).toBeGreaterThan(0);
    disposeState(once.state);
    const forever = await run(['train.val_freq=0', 'train.max_iter=300'], { source: { scaleAt: () => NaN } });
    expect(forever.error).toMatchObject({ code: 'DIVERGED', message: expect.stringContaining('NaN for 100 iterations at step 100') });
    disposeState(forever.state);
  });

  test('a run whose last losses are NaN says so though it finishes before it counts as diverged', async () => {
    const { end, state } = await run(['train.val_freq=0'], { source: { scaleAt: (iteration) => (iteration > 3 ? NaN : 1) } });
    expect(end).toEqual({ state: 'finished', reason: expect.stringMatching(/^The training loss was NaN in the last 2 of 6 steps: the training diverged\./) });
    disposeState(state);
  });

  test('a NaN validation loss ends the run as diverged, after it was logged', async () => {
    const { rows, error, state } = await run([], { source: { valScaleAt: (index) => (index === 2 ? NaN : 1) } });
    expect(error).toMatchObject({ code: 'DIVERGED', message: expect.stringContaining('validation loss is NaN at step 3') });
    expect(rows.at(-1)?.step).toBe(3);
    expect(rows.at(-1)?.values['val/loss']).toBeNaN();
    disposeState(state);
  });
});

describe('checkpoints and requests', () => {
  test('last every save_freq and at the end, kept at multiples, best when the metric improves', async () => {
    const { saved, rows, state } = await run(['train.save_freq=2', 'train.keep_every=3', 'train.best_metric=val/loss']);
    const losses = column(rows, 'val/loss') as number[];
    const best = losses.map((loss, index) => losses.slice(0, index).every((earlier) => loss < earlier));
    const expected = best.flatMap((isBest, index) => {
      const step = index + 1;
      const kinds = ['last', ...(isBest ? ['best'] : []), ...(step % 3 === 0 ? ['kept'] : [])];
      return isBest || step % 3 === 0 || step % 2 === 0 ? [{ step, kinds }] : [];
    });
    expect(saved.map(({ step, kinds }) => ({ step, kinds }))).toEqual(expected);
    expect(state.progress.best).toEqual({ metric: 'val/loss', value: Math.min(...losses), step: losses.indexOf(Math.min(...losses)) + 1 });
    disposeState(state);
  });

  test.each([['stop', 'stopped'], ['pause', 'paused']] as const)('%s saves and ends', async (request, name) => {
    let rows = 0;
    const { end, saved, state } = await run([], { hooks: { metrics: () => { rows += 1; }, ending: () => (rows >= 2 ? request : null) } });
    expect(end?.state).toBe(name);
    expect(saved.map(({ step }) => step)).toEqual([2]);
    disposeState(state);
  });

  test('a checkpoint out of turn is saved once and training goes on', async () => {
    let [rows, asked] = [0, false];
    const { saved, end, state } = await run([], {
      hooks: {
        metrics: () => { rows += 1; },
        checkpointAsked() {
          const now = rows === 3 && !asked;
          asked ||= now;
          return now;
        },
      },
    });
    expect([saved.map(({ step }) => step), end?.state]).toEqual([[3, 6], 'finished']);
    disposeState(state);
  });

  test('a checkpoint that cannot be saved is said at the end', async () => {
    let rows = 0;
    const { end, state } = await run([], { hooks: { metrics: () => { rows += 1; }, ending: () => (rows >= 2 ? 'stop' : null), save: async () => false } });
    expect(end?.reason).toContain('could not be saved');
    disposeState(state);
  });

  test('a stop in the middle of a test evaluation keeps the iteration; the resumed run logs it once, as if nothing had been', async () => {
    const settings = ['train.eval_test_freq=3', 'train.optimizer_log_freq=3'];
    const whole = await run(settings);
    let stopping = false;
    const cut = await run(settings, { source: { onTestBatch: (index) => { stopping ||= index === 1; } }, hooks: { ending: () => (stopping ? 'stop' : null) } });
    expect([cut.end?.state, cut.rows.length, cut.saved.map(({ step }) => step)]).toEqual(['stopped', 2, [3]]);
    const experiment = experimentOf(...tiny, ...settings);
    const state = createState(engine, experiment);
    await restoreState(state, decodeSafetensors(cut.saved[0]!.bytes, 'cut'), { path: 'cut' });
    const { heard, hooks } = createHooks(state);
    await runLoop({ state, experiment, source: createSource(), hooks });
    expect(untimed([...cut.rows, ...heard.rows])).toEqual(untimed(whole.rows));
    expect(heard.saved.at(-1)?.bytes.equals(whole.saved.at(-1)!.bytes)).toBe(true);
    [whole.state, cut.state, state].forEach(disposeState);
  });

  test('a finished state has nothing left to do', async () => {
    const { state } = await run([]);
    const { heard, hooks } = createHooks(state);
    expect(await runLoop({ state, experiment: experimentOf(...tiny), source: createSource(), hooks })).toEqual({ state: 'finished', reason: null });
    expect(heard).toEqual({ rows: [], histograms: [], layers: [], saved: [] });
    disposeState(state);
  });
});
