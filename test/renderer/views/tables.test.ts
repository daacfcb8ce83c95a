// Filters, orders and cards of runs.
import { describe, expect, test } from 'vitest';
import { conditionOf, filterRuns, parseFilter, termOf, type MetricSummary, type RunView } from '#contract';
import { classRows, confusions, picturesOf } from '../../../src-renderer/views/run/evaluation.ts';
import { stepsPerEpoch, xsOf } from '../../../src-renderer/views/run/runCards.ts';
import { columnOf, columnsOf, fitting } from '../../../src-renderer/views/runs/columns.ts';
import { buildRows, groupValue, representedBy, sortRuns, stateOf, type Row } from '../../../src-renderer/views/runs/rows.ts';

const summary = (last: number, max = last): MetricSummary => ({ last, lastStep: 1, min: last, minStep: 1, max, maxStep: 1, count: 1 });
function createRun(id: string, { optimizer = 'vsgd.VSGD', seed = 1, state = 'finished', accuracy, lr = 0.1 }: { optimizer?: string; seed?: number; state?: RunView['state']; accuracy?: number; lr?: number } = {}): RunView {
  return {
    id, name: `run ${id}`, state, reason: null, overrides: [], engine: null, engineAsked: 'auto', dataset: { name: 'mnist', fingerprint: null }, startedAt: null, endedAt: null, createdAt: '', tags: [], notes: '', starred: false,
    config: { model: { _target_: 'model.ConvMixer' }, train: { seed, optimizer: { _target_: optimizer, lr } } }, seed, desired: 'finished', position: 0, sweep: null, fork: null, step: 0, totalSteps: null, secondsPerStep: null, trashedAt: null, diskBytes: 0, testAtBest: null,
    metrics: accuracy === undefined ? {} : { 'test/accuracy': summary(accuracy) },
  };
}
const a = createRun('a', { accuracy: 0.9, seed: 1 });
const b = createRun('b', { accuracy: 0.7, seed: 1, optimizer: 'torch.optim.SGD', lr: 0.01 });
const c = createRun('c', { seed: 2, state: 'running' });
const names = (runs: RunView[]) => runs.map(({ id }) => id).join('');

describe('the filter', () => {
  const config = { ...a.config, train: { seed: 1, optimizer: { _target_: 'vsgd.VSGD', lr: 0.1, betas: [0.9, 0.999], momentum: null } } };
  const starred = { ...a, id: 's', config, metrics: { ...a.metrics, lr: summary(0.001) }, starred: true, tags: ['paper'], createdAt: '2026-11-20T10:00:00Z', name: 'two words' };
  const all = [a, b, c, starred];
  test.for([
    ['', '', 'abcs'], ['sgd', '', 'abcs'], ['adam', '', ''], ['optimizer=sgd', '', 'b'], ['train.optimizer.lr=0.01', '', 'b'], ['lr<0.05', '', 'b'], ['lr!=0.1', '', 'b'], ['train.optimizer.lr>=0.1', '', 'acs'], ['test/accuracy>0.8', '', 'as'],
    ['mnist train.seed=2', '', 'c'], ['', 'open', 'c'], ['', 'finished', 'abs'], ['tag:paper', '', 's'], ['-tag:paper', '', 'abc'], ['is:starred', '', 's'], ['state:running', '', 'c'], ['"two words"', '', 's'], ['created>2026-11-01', '', 's'], ['-optimizer=vsgd', '', 'b'],
    ['created=2026-11-20', '', 's'], ['created!=2026-11-20', '', 'abc'], ['created=2026-11-21', '', ''], ['test/accuracy>=85%', '', 'as'], ['betas=[0.9,0.999]', '', 's'], ['momentum=null', '', 's'], ['lr=0.1', '', 'acs'],
  ] as const)('%j in state %j', ([text, state, wanted]) => {
    expect(names(filterRuns(all, text, state))).toBe(wanted);
  });
  test.for([
    ['state:fialed', "There is no state 'fialed'. Did you mean 'failed'?"], ['-state=xyzzy', /no state 'xyzzy'. There are queued, starting/], ['foo=3', "No run has 'foo'."],
    ['optimiser=sgd', "No run has 'optimiser'. Did you mean 'optimizer'?"], ['sed>1', /Did you mean 'seed'/], ['tag=paper', /'tag:'/], ['test/acuracy>0.5', "No run has 'test/acuracy'. Did you mean 'test/accuracy'?"],
  ] as const)('%j is answered with the closest names', ([text, fault]) => {
    expect(parseFilter(text, all)[0]?.fault).toMatch(fault);
    expect(filterRuns(all, text, '')).toHaveLength(4);
  });
  test.for([['lr<abc', /'abc' is no number/], ['created>soon', /'soon' is no date.*2026/], ['is:nice', /is:starred, is:open/]] as const)('%j is told and hides nothing', ([text, fault]) => {
    expect(parseFilter(text)[0]?.fault).toMatch(fault);
    expect(filterRuns(all, text, '')).toHaveLength(4);
  });
});

describe('conditions', () => {
  test.for([['lr<0.05', ['lr', '<', '0.05']], ['-optimizer=sgd', ['optimizer', 'not is', 'sgd']], ['seed!=2', ['seed', 'is not', '2']], ['-tag:paper', ['tag', 'is not', 'paper']], ['is:starred', ['run', 'is', 'starred']], ['"two words"', null], ['vgg', null]] as const)('%j in words', ([text, wanted]) => {
    const [term] = parseFilter(text);
    const made = conditionOf(term!);
    expect(made && [made.key, made.relation, made.value]).toEqual(wanted);
  });
  test('a condition put together is the one typed', () => {
    expect([termOf('lr', '<=', '0.1'), termOf('tag', '!=', 'a b'), termOf('name', '=', 'two words')]).toEqual(['lr<=0.1', '-tag:"a b"', 'name="two words"']);
    expect(parseFilter(termOf('name', '=', 'two words'))).toHaveLength(1);
  });
});

describe('columns', () => {
  test('any configuration key, any metric as last, best or at a step; others are left out', () => {
    const columns = columnsOf('name,config:train.optimizer.lr,last:test/accuracy,best:test/accuracy,at:train/loss@500,nonsense,at:x');
    expect(columns.map(({ label }) => label)).toEqual(['Name', 'optimizer.lr', 'last test/accuracy', 'best test/accuracy', 'train/loss at 500']);
    expect(columns.slice(1, 4).map((column) => column.format(column.valueOf(a)))).toEqual(['0.1', '90.00 %', '90.00 %']);
    expect(columns[4]?.atStep).toEqual({ key: 'train/loss', step: 500 });
    expect(columnsOf(undefined)).toHaveLength(12);
    expect(columnsOf('name,name,nonsense,name').map(({ id }) => id)).toEqual(['name']);
  });
  test('where there is no room they leave one after the other, those that say most last', () => {
    const ids = (room: number) => fitting(columnsOf(undefined), room).map(({ id }) => id);
    expect(ids(1289)).toHaveLength(12); // folded, with room for the name of a setting; a window of 1440 has 1225, where the model leaves if there are tags
    expect(ids(1225)).toEqual(columnsOf(undefined).map(({ id }) => id).filter((id) => id !== 'model'));
    expect(ids(788)).toEqual(['state', 'name', 'optimizer', 'curve', 'headline', 'progress']);
    expect(ids(0)).toEqual(['state', 'name', 'optimizer', 'headline']);
    expect(fitting(columnsOf('name,notes'), 0)).toHaveLength(2);
  });
  test('the best accuracy is never that of training batches, and validation where there is no test', () => {
    const run = (metrics: RunView['metrics']) => columnOf('best')?.valueOf({ ...a, metrics });
    expect([run({ 'train/accuracy': summary(1) }), run({ 'train/accuracy': summary(1), 'val/accuracy': summary(0.6) })]).toEqual([null, 0.6]);
  });
  test('the accuracy of a run is that of the test split at its best validation, else the last one, never the highest on the test split', () => {
    const value = (run: RunView) => [columnOf('headline')?.valueOf(run), columnOf('atbest')?.valueOf(run), columnOf('best')?.valueOf(run)];
    const evaluated = { ...a, metrics: { 'test/accuracy': summary(0.8, 0.9) } };
    expect([value(evaluated), value({ ...evaluated, testAtBest: { value: 0.85, step: 10, validation: 0.9 } })]).toEqual([[0.8, null, 0.9], [0.85, 0.85, 0.9]]);
  });
});

describe('rows', () => {
  const order = (sort: string | null, descending = false) => names(sortRuns([a, c, b], sort === null ? null : columnOf(sort), descending));
  test('order, with what has no value last either way', () => {
    expect([order('best'), order('best', true), order(null)]).toEqual(['bac', 'abc', 'acb']);
  });
  const sweep = (id: string, index: number, run = a) => ({ ...run, id, sweep: { id: 'sw', index, size: 2 } });
  const how = { groups: ['sweep'], toggled: [], pinned: [], sort: null, descending: false };
  const told = (rows: Row[]) => rows.map((row) => `${'  '.repeat(row.depth)}${row.kind === 'run' ? row.id + (row.pinned ? '*' : '') : [row.label, row.remark].filter((part) => part !== '').join(': ')}`);
  test('a sweep folds into one row unless it is at work; single runs stay single', () => {
    expect(told(buildRows([sweep('x', 0), b, sweep('y', 1)], how))).toEqual(['run a: 2 runs', 'b']);
    expect(told(buildRows([sweep('x', 0), sweep('y', 1, c)], how))).toEqual(['2 seeds', '  x', '  y']);
    expect(told(buildRows([sweep('x', 0), sweep('y', 1)], { ...how, toggled: ['/sw'] }))).toEqual(['run a: 2 runs', '  x', '  y']);
  });
  test('groups by several keys; pinned runs on top, once', () => {
    expect(told(buildRows([a, b, c], { ...how, groups: ['dataset', 'optimizer'], toggled: ['/mnist'], pinned: ['b'] }))).toEqual(['b*', 'mnist: 2 seeds']);
    expect(told(buildRows([a, b], { ...how, groups: ['dataset', 'optimizer'], toggled: ['/mnist', '/mnist/SGD'] }))).toEqual(['mnist: 2 optimizers', '  a', '  b']);
  });
  const member = (index: number, optimizer: string, seed: number): RunView => {
    const run = createRun(`${optimizer}${seed}`, { optimizer: `vsgd.${optimizer}`, seed, accuracy: optimizer === 'VSGD' ? 0.8 + 0.02 * seed : 0.5 });
    return { ...run, name: 'Paper', overrides: [`train/optimizer=${optimizer.toLowerCase()}`, `train.seed=${seed}`], sweep: { id: 'sw', index, size: 4 } };
  };
  const nested = [member(3, 'SGD', 2), member(2, 'SGD', 1), member(1, 'VSGD', 2), member(0, 'VSGD', 1)];
  test('a sweep opens into its optimizers, these into their seeds, in the order of the sweep', () => {
    const rows = buildRows(nested, { ...how, groups: ['sweep', 'optimizer'], toggled: ['/sw', '/sw/VSGD'] });
    expect(rows.map((row) => [row.depth, row.label, row.kind === 'group' ? row.remark : row.alike.join(' ')])).toEqual([
      [0, 'Paper', '2 optimizers × 2 seeds'], [1, 'VSGD', '2 seeds'], [2, 'seed 1', 'dataset model'], [2, 'seed 2', 'dataset model'], [1, 'SGD', '2 seeds'],
    ]);
  });
  test('a level that tells nothing is left out; members are called by what tells them apart', () => {
    const rates = [0.1, 0.01, 0.001].map((lr, index) => ({ ...createRun(`l${index}`, { lr }), name: 'ConvMixer shapes vsgd seed 1', overrides: ['a=b', `train.optimizer.lr=${lr}`], sweep: { id: 'sw', index, size: 3 } }));
    const rows = buildRows(rates, { ...how, groups: ['sweep', 'optimizer'], toggled: ['/sw'] });
    expect(rows.map(({ label }) => label)).toEqual(['3 values of lr', 'lr 0.1', 'lr 0.01', 'lr 0.001']);
  });
  test('a folded sweep stands for its best setting by validation, named, not for the mean over its settings', () => {
    const made = (lr: number, seed: number, [val, tested]: [number, number]): RunView => ({ ...createRun(`${lr}${seed}`, { lr, seed }), metrics: { 'val/accuracy': summary(val), 'test/accuracy': summary(tested) } });
    const rates = [made(0.1, 1, [0.7, 0.6]), made(0.1, 2, [0.7, 0.64]), made(0.01, 1, [0.5, 0.9]), made(0.01, 2, [0.5, 0.9])];
    const best = representedBy(rates);
    expect([best.setting, best.told, names(best.runs)]).toEqual(['lr 0.1', 'at lr 0.1, best of 2 settings by validation accuracy', '0.110.12']);
    expect(groupValue(rates, columnOf('headline')!)).toEqual({ text: '62.00 %', deviation: '± 2.83', exact: expect.stringMatching(/^0\.62 ± 0\.028284/) as string, told: expect.stringMatching(/, at lr 0\.1, best of 2 settings by validation accuracy$/) as string });
    expect([representedBy(nested).setting, representedBy(nested.slice(0, 2)).setting]).toEqual(['VSGD', '']);
    const poor = rates.map((run) => ({ ...run, id: `p${run.id}`, metrics: { 'val/accuracy': summary(0.4), 'test/accuracy': summary(0.7) }, sweep: { id: 'p', index: 0, size: 4 } }));
    const rows = buildRows([...poor, ...rates.map((run) => ({ ...run, sweep: { id: 'r', index: 0, size: 4 } }))], { ...how, sort: columnOf('headline')! });
    expect(rows.map(({ id }) => id), 'in the order of what they show').toEqual(['/r', '/p']);
  });
  test('a group shows mean and deviation of numbers, the common text, or how many differ', () => {
    const value = (id: string) => groupValue([a, b, c], columnOf(id)!);
    const seeds = [a, { ...a, id: 'a2', seed: 2, metrics: { 'test/accuracy': summary(0.7) } }, { ...c, metrics: {} }];
    expect(groupValue(seeds, columnOf('best')!)).toEqual({ text: '80.00 %', deviation: '± 14.14', exact: expect.stringMatching(/^0\.8 ± 0\.14142/) as string, told: expect.stringMatching(/: 2 of 3 runs$/) as string });
    expect([value('dataset').text, value('optimizer').text, value('loss').text]).toEqual(['MNIST', '2 values', '']);
  });
  test('settings have no mean, bytes add up, and the state is the worst', () => {
    const value = (id: string) => groupValue([a, b, c].map((run, at) => ({ ...run, diskBytes: 1000 * (at + 1) })), columnOf(id)!).text;
    expect([value('seed'), value('config:train.optimizer.lr'), groupValue([a, c], columnOf('config:train.optimizer.lr')!).text, value('disk')]).toEqual(['2 values', '2 values', '0.1', '6.0 kB']);
    const run = (state: RunView['state']) => createRun(state, { state });
    expect([stateOf([a, run('stopped'), run('interrupted')]), stateOf([run('failed'), c]), stateOf([a, b])]).toEqual(['interrupted', 'running', 'finished']);
  });
});

test('axes: epochs come from the epoch curve, times count from the start', () => {
  const epochs = { steps: Float64Array.of(1, 2, 3, 4), times: new Float64Array(4), values: Float64Array.of(0, 0, 1, 1) };
  const curve = { steps: Float64Array.of(1, 4), times: Float64Array.of(1500, 3000), values: Float64Array.of(1, 1) };
  expect(stepsPerEpoch(epochs)).toBe(2);
  expect(Array.from(xsOf(curve, 'epoch', { epochs, start: 0 }))).toEqual([0.5, 2]);
  expect(Array.from(xsOf(curve, 'relative', { start: 1000 }))).toEqual([0.5, 2]);
  expect(xsOf(curve, 'step', { start: 0 })).toBe(curve.steps);
});

describe('answers', () => {
  // Three classes: 0 always right, 1 taken for 2 once of four, 2 without pictures.
  const evaluation = { version: 1, step: 5, split: 'test', dataset: 'x', classes: 3, total: 6, confusion: [2, 0, 0, 0, 3, 1, 0, 0, 0], mistakes: [] } as const;
  test('by class, worst first, a class without pictures last', () => {
    expect(classRows({ ...evaluation, confusion: [...evaluation.confusion], mistakes: [] })).toEqual([{ label: 1, right: 3, total: 4, share: 0.75 }, { label: 0, right: 2, total: 2, share: 1 }, { label: 2, right: 0, total: 0, share: 0 }]);
  });
  test('by pair, right answers left out', () => {
    expect(confusions({ ...evaluation, confusion: [...evaluation.confusion], mistakes: [] })).toEqual([{ truth: 1, prediction: 2, pictures: 1 }]);
  });
});

test('the pictures of a cell of the confusion matrix', () => {
  const evaluation = { version: 1, step: 1, split: 'test', dataset: 'x', classes: 2, total: 4, confusion: [1, 2, 0, 1], mistakes: [], answers: { truths: [0, 1, 0, 0], predictions: [1, 1, 0, 1] } } as const;
  const of = (truth: number, prediction: number, most?: number) => picturesOf(evaluation as never, { truth, prediction }, most);
  expect([of(0, 1), of(0, 1, 1), of(1, 0), picturesOf({ ...evaluation, answers: undefined } as never, { truth: 0, prediction: 1 })]).toEqual([[0, 3], [0], [], []]);
});
