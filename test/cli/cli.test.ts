// The command line as a user meets it: promised JSON, exit codes, signals, trash, forks, bundles.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunDetail, RunEntry, RunSummary } from '#contract';
import { createLabHome, type LabHome } from '../helpers/lab.ts';
import { findProcesses, waitUntil } from '../helpers/processes.ts';

const settings = ['experiment=quickstart', 'model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.eval_test_freq=5'];
let lab: LabHome;
let first: RunDetail;
beforeAll(() => {
  lab = createLabHome();
  [first] = lab.json<[RunDetail]>('run', ...settings, 'train.max_iter=12');
});
afterAll(() => lab.remove());

const keys = ['id', 'name', 'state', 'reason', 'overrides', 'config', 'engine', 'dataset', 'startedAt', 'endedAt', 'step', 'metrics', 'checkpoints'];
const listedKeys = [...keys.slice(0, 10), 'createdAt', 'tags', 'seed', 'sweep', 'fork', 'step', 'totalSteps', 'metrics'];

test('the JSON shapes are as promised', () => {
  expect(Object.keys(first)).toEqual(keys);
  expect(Object.keys(lab.json<RunSummary[]>('runs', 'list')[0]!)).toEqual(listedKeys);
  expect(lab.json<RunDetail>('runs', 'show', first.id)).toEqual(first);
  expect(first).toMatchObject({ state: 'finished', step: 12, engine: { name: 'wasm' }, dataset: { fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string } });
  expect(first.metrics['train/loss']).toMatchObject({ count: 12, lastStep: 12 });
  expect(first.metrics['test/accuracy']?.count).toBe(3);
  expect(first.checkpoints.find(({ step }) => step === 12)).toMatchObject({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
  expect(Object.keys(lab.json<object[]>('datasets', 'list')[0]!)).toEqual(['name', 'state', 'fingerprint', 'classes', 'train', 'test', 'bytes', 'origin']);
  expect(lab.json<{ name: string; usable: boolean }[]>('engines', 'check').find(({ name }) => name === 'wasm')?.usable).toBe(true);
});

describe('errors', () => {
  const cases: [string[], number, RegExp][] = [
    [['run', 'experiment=quickstrat'], 2, /Did you mean 'quickstart'/],
    [['run', 'experiment=quickstart', 'train.optimizer.lr=-1'], 2, /at least 0/],
    [['run', 'experiment=quickstart', 'train.seed=1,2'], 2, /add -m/],
    [['run', 'experiment=quickstart', 'dataset=cifar10'], 5, /'cifar10' is not installed.*nothing was queued.*datasets download cifar10/],
    [['run', '-m', 'experiment=quickstart', 'train.seed=1,2', '--cfg', 'job'], 2, /--cfg takes no sweep/],
    [['run', '--cfg', 'hydra'], 2, /no configuration of Hydra's own/],
    [['run', '--cfg', 'job', '-p', 'train.optimzer'], 2, /has no 'train\.optimzer'/],
    [['run', '-i', 'foo', 'experiment=quickstart'], 2, /all, defaults, searchpath/],
    [['runs', 'show', 'nothing'], 3, /There is no run 'nothing'/],
    [['runs', 'list', '--state', 'bogus'], 2, /Allowed choices are queued/],
    [['datasets', 'verify', 'cifar1000'], 3, /no data set 'cifar1000'\. Did you mean 'cifar100'/],
    [['runs', 'shwo'], 2, /Did you mean show/],
    [['datasets', 'download', 'cifar1000'], 3, /cifar100/],
    [['run', 'experiment=quickstart', '--engine', 'tensorflow'], 10, /tensorflow|TensorFlow/],
    [['serve', '--host', '0.0.0.0'], 2, /--allow-remote/],
  ];
  test.each(cases)('%s', (args, status, message) => {
    const outcome = lab.lab(...args);
    expect(outcome.status, outcome.stderr).toBe(status);
    expect(outcome.stdout + outcome.stderr).toMatch(message);
    expect(outcome.stderr).not.toContain('    at ');
  });

  test('of the run that is there', () => {
    for (const [args, status, message] of [
      [['runs', 'rename', first.id, ' '], 2, /visible characters/],
      [['runs', 'resume', first.id], 4, /is finished\. Fork it/],
      [['runs', 'fork', first.id, '--step', '77'], 3, /It has: (\d+(, )?)+\.$/m],
      [['compare', first.id, '--band', 'sd'], 2, /--band must be one of deviation, error, range, ci95, none; it is "sd"/],
      [['compare', first.id, '--out', join(lab.home, 'none', 'a.pdf')], 2, /no folder .*none\. Make it/],
      [['runs', 'export', first.id, '--to', join(lab.home, 'lab.db')], 2, /file and no folder/],
      [['runs', 'export', first.id, '--bundle', lab.home], 4, /is there already/],
      ...(process.platform === 'linux' ? [[['runs', 'export', first.id, '--to', '/proc/vsgd-lab'], 2, /may not write \/proc\/vsgd-lab/] as [string[], number, RegExp]] : []),
    ] as [string[], number, RegExp][]) {
      const outcome = lab.lab(...args);
      expect([outcome.status, outcome.stderr], args.join(' ')).toEqual([status, expect.stringMatching(message)]);
      expect(outcome.stderr).not.toContain('    at ');
    }
    expect(lab.lab('runs', 'stop', first.id).stderr).toContain('was finished already: there was nothing to stop');
    expect(lab.lab('runs', 'list', 'zzz').stdout).toBe("No run has 'zzz' in its name or configuration. vsgd-lab runs list shows all.\n");
    expect(lab.json<RunDetail>('runs', 'show', first.id.slice(-6)).id).toBe(first.id);
  });

  test('with --json an error is JSON on standard error, and nothing else is', () => {
    const outcome = lab.lab('runs', 'show', 'nothing', '--json');
    expect(outcome.stdout).toBe('');
    expect(JSON.parse(outcome.stderr)).toMatchObject({ error: { code: 'NOT_FOUND', message: expect.stringContaining('nothing') as string } });
    for (const wrong of [['runs', 'shwo'], ['nope'], ['runs', 'list', '--nope'], ['runs', 'list', '--state', 'nope']]) {
      const usage = lab.lab(...wrong, '--json');
      expect(usage.stdout).toBe('');
      expect(JSON.parse(usage.stderr)).toMatchObject({ error: { code: 'USAGE', message: expect.not.stringMatching(/^error:/) as string } });
    }
    expect(lab.lab('runs', 'shwo').stderr).toMatch(/^Error: unknown command/);
  });
});

test('--cfg job prints the configuration, --info the defaults list, and nothing runs', () => {
  const before = lab.json<object[]>('runs', 'list').length;
  expect(lab.lab('run', 'experiment=cifar100_vgg', '--cfg', 'job').stdout).toContain('_target_: model.vgg.VGG');
  expect(lab.json<{ model: { _target_: string } }>('run', 'experiment=cifar100_vgg', '--cfg', 'job').model._target_).toBe('model.vgg.VGG');
  expect(lab.json<{ defaults: { config: string }[] }>('run', '-i', 'experiment=cifar100_vgg').defaults.map(({ config }) => config)).toContain('experiment/cifar100_vgg');
  expect(lab.lab('run', '-i', 'experiment=cifar100_vgg').stdout).toContain('experiment/cifar100_vgg');
  expect(lab.lab('run', '--info', 'searchpath').stdout).not.toContain('Defaults list');
  const published = fileURLToPath(new URL('../config/published', import.meta.url));
  expect(lab.lab('run', '-cd', published, 'experiment=cifar100_vgg', '-c', 'job').stdout).toContain('cfg_id: D');
  expect(lab.lab('run', '-cp', published, '-cn', 'defaults.yaml', 'experiment=cifar100_vgg.yaml', '-c', 'job', '-p', 'train.optimizer').stdout).toMatch(/^# @package train\.optimizer\n_target_: torch\.optim\.AdamW\n[^]*weight_decay: 0\.0\n/);
  expect(lab.json<object[]>('runs', 'list')).toHaveLength(before);
});

test('a sweep is one table, and what is finished is reused when only needed runs are wanted', () => {
  const command = ['run', '-m', ...settings, 'train.max_iter=5', 'train/optimizer=adam,sgd', 'train.seed=1,2'];
  const outcome = lab.lab(...command);
  expect(outcome.status, outcome.stderr).toBe(0);
  expect(outcome.stderr).toContain('#3 : ');
  expect(outcome.stdout).toMatch(/Adam\s+2 .*±/);
  const [again] = lab.json<[RunDetail]>('run', '--needed', ...settings, 'train.max_iter=5', 'train/optimizer=sgd', 'train.seed=2');
  expect(again.overrides).toContain('train.seed=2');
  expect(lab.json<RunSummary[]>('runs', 'list').filter(({ overrides }) => overrides.includes('train/optimizer=sgd'))).toHaveLength(2);
  expect(lab.lab('compare', first.id, again.id, '--latex').stdout).toContain('\\toprule');
});

test('runs show draws a curve with best and last values; a closed pipe is no error', () => {
  const { stdout } = lab.lab('runs', 'show', first.id, '--metric', 'train/loss');
  expect(stdout).toMatch(/train\/loss\s+\S+\s+12\s/);
  expect(stdout).toMatch(/[\u2801-\u28ff]/);
  const main = fileURLToPath(new URL('../../src-main/cli/main.ts', import.meta.url));
  const piped = spawnSync('bash', ['-c', `"${process.execPath}" "${main}" runs show ${first.id} --home "${lab.home}" | head -1; exit \${PIPESTATUS[0]}`], { encoding: 'utf8' });
  expect([piped.status, piped.stderr]).toEqual([0, '']);
});

test('a run goes to the trash, comes back, and is gone for good', () => {
  const [run] = lab.json<[RunDetail]>('run', ...settings, 'train.max_iter=2');
  lab.lab('runs', 'delete', run.id);
  expect(lab.lab('runs', 'show', run.id).status).toBe(3);
  expect(lab.lab('runs', 'restore', run.id).status).toBe(0);
  expect(lab.json<RunDetail>('runs', 'show', run.id)).toEqual(run);
  lab.lab('runs', 'delete', run.id);
  expect(lab.lab('runs', 'purge').stdout).toContain('1 run(s)');
  expect(existsSync(join(lab.home, 'trash', run.id))).toBe(false);
});

test('runs are chosen by the filter of the app, and listed with tags and metrics', () => {
  const ids = (...words: string[]) => lab.json<RunEntry[]>('runs', 'list', ...words).map(({ id }) => id);
  expect(lab.lab('runs', 'tag', first.id, 'study', '--json').status).toBe(0);
  expect(ids('tag:study')).toEqual([first.id]);
  expect(ids('tag:study', 'seed < 0')).toEqual([]);
  const [entry] = lab.json<RunEntry[]>('runs', 'list', 'tag:study');
  expect(entry).toMatchObject({ tags: ['study'], seed: expect.any(Number) as number, metrics: { 'train/loss': { last: expect.any(Number) as number, min: expect.any(Number) as number } } });
  expect(lab.json<{ rows: { runs: string[] }[] }>('compare', 'tag:study').rows[0]?.runs).toEqual([first.id]);
  expect(lab.lab('runs', 'export', 'tag:study', '--to', join(lab.home, 'by-tag')).status).toBe(0);
  expect(lab.lab('compare', 'tag:nothing')).toMatchObject({ status: 3, stderr: expect.stringContaining("No runs match the filter 'tag:nothing'") as string });
  expect(lab.lab('runs', 'delete', 'sed=1')).toMatchObject({ status: 2, stderr: expect.stringMatching(/No run has 'sed'\. Did you mean 'seed'/) as string });
});

test('a fork starts from the weights of its source with other settings', () => {
  const outcome = lab.lab('runs', 'fork', first.id, 'train/optimizer=sgd', 'train.optimizer.lr=0', 'train.max_iter=1', '--name', 'forked');
  expect(outcome.status, outcome.stderr).toBe(0);
  const fork = lab.json<RunDetail>('runs', 'show', 'forked');
  // With a rate of 0 the weights, and so the test scores, are those of the source.
  expect(fork.metrics['test/loss']?.last).not.toBe(undefined);
  expect(fork.state).toBe('finished');
  expect(lab.lab('runs', 'show', 'forked').stdout).toContain(`Forked from run ${first.id}`);
});

test('a bundle is imported elsewhere whole, and an altered one not at all', () => {
  const file = join(lab.home, 'bundle.tar');
  expect(lab.lab('runs', 'export', first.id, '--bundle', file).status).toBe(0);
  const other = createLabHome();
  expect(other.json('runs', 'import', file)).toEqual({ imported: [first.id], known: [] });
  expect(other.json<RunDetail>('runs', 'show', first.id)).toEqual({ ...first, startedAt: expect.stringMatching(/Z$/) as string, endedAt: expect.stringMatching(/Z$/) as string });
  expect(other.json('runs', 'import', file)).toEqual({ imported: [], known: [first.id] });
  const bytes = readFileSync(file);
  const at = bytes.indexOf('"train/loss"');
  bytes[at + 14] = bytes[at + 14] === 49 ? 50 : 49;
  writeFileSync(file, bytes);
  const third = createLabHome();
  const refused = third.lab('runs', 'import', file);
  expect([refused.status, third.json<object[]>('runs', 'list')]).toEqual([9, []]);
  [other, third].forEach((home) => home.remove());
});

test('export writes CSV, JSON and YAML; rebuild makes the same database', () => {
  const folder = join(lab.home, 'exported');
  expect(lab.lab('runs', 'export', first.id, '--to', folder).status).toBe(0);
  expect(readFileSync(join(folder, 'metrics.csv'), 'utf8')).toMatch(/^metric,step,time,value\n/);
  expect(readFileSync(join(folder, 'config.yaml'), 'utf8')).toContain('max_iter: 12');
  expect(existsSync(join(folder, 'checkpoints', 'last.safetensors'))).toBe(true);
  expect(lab.lab('runs', 'rebuild').status).toBe(0);
  expect(lab.json<RunDetail>('runs', 'show', first.id)).toEqual(first);
});

describe('signals and hosts', () => {
  const long = ['run', ...settings, 'train.max_iter=1000000', 'train.eval_test_freq=0'];
  const newest = () => lab.json<RunSummary[]>('runs', 'list').at(-1)!;
  const stepping = (id: string) => waitUntil('steps', () => lab.json<RunDetail>('runs', 'show', id).step > 20);

  test('Ctrl-C once: checkpoint, stopped, 130; resumed it goes on', async () => {
    const child = lab.start(...long, '--name', 'interrupted by hand');
    const exit = new Promise((resolve) => child.once('exit', resolve));
    await waitUntil('the run', () => newest()?.name === 'interrupted by hand');
    const { id } = newest();
    await stepping(id);
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    const stopped = lab.json<RunDetail>('runs', 'show', id);
    expect(stopped.state).toBe('stopped');
    expect(stopped.checkpoints.length).toBeGreaterThan(0);
    expect(findProcesses('trainer/main.ts', id)).toEqual([]);
  });

  test('detached runs are worked off by a host of their own, and stopped from another process', async () => {
    const [run] = lab.json<[RunDetail]>(...long, '--detach');
    await stepping(run.id);
    const [ended] = lab.json<[RunDetail]>('runs', 'stop', run.id);
    expect(ended.state).toBe('stopped');
    await waitUntil('the host to end', () => findProcesses('cli/main.ts host', lab.home).length === 0);
  });

  test('a queued run goes to the front under another host; Ctrl-C twice ends it at once', async () => {
    const [atWork, waiting] = [lab.json<[RunDetail]>(...long, '--detach')[0], lab.json<[RunDetail]>(...long, '--detach')[0]];
    const child = lab.start(...long, '--name', 'watched');
    const exit = new Promise((resolve) => child.once('exit', resolve));
    await waitUntil('the watched run', () => newest()?.name === 'watched');
    const { id } = newest();
    await stepping(atWork.id);
    expect(lab.lab('runs', 'reorder', atWork.id).stderr).toMatch(/not in the queue/);
    expect(lab.json('runs', 'reorder', id)).toEqual([id]);
    lab.json('runs', 'stop', atWork.id);
    await stepping(id);
    expect(lab.json<RunDetail>('runs', 'show', waiting.id).state).toBe('queued');
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    expect(findProcesses('trainer/main.ts', id)).toEqual([]);
    lab.json('runs', 'stop', waiting.id);
    await waitUntil('the host to end', () => findProcesses('cli/main.ts host', lab.home).length === 0);
  });

  test('a trainer killed by SIGKILL is shown as interrupted, and resumed to the end', async () => {
    const child = lab.start('run', ...settings, 'train.max_iter=6000', 'train.save_freq=10', 'train.eval_test_freq=0', '--name', 'killed');
    const exit = new Promise((resolve) => child.once('exit', resolve));
    await waitUntil('the run', () => newest()?.name === 'killed');
    const { id } = newest();
    const journal = join(lab.home, 'runs', id, 'journal.jsonl'); // read here: a command takes longer than hundreds of steps
    await waitUntil('steps', () => existsSync(journal) && readFileSync(journal, 'utf8').split('\n').length > 30);
    for (const pid of findProcesses('trainer/main.ts', id)) process.kill(pid, 'SIGKILL');
    expect(await exit).toBe(11);
    expect(newest()).toMatchObject({ state: 'interrupted', reason: expect.stringContaining('SIGKILL') as string });
    expect(lab.lab('runs', 'resume', id).status).toBe(0);
    const resumed = lab.json<RunDetail>('runs', 'show', id);
    expect(resumed).toMatchObject({ state: 'finished', metrics: { 'train/loss': { count: 6000 } } });
    expect(Object.keys(resumed)).toEqual(Object.keys(first)); // the promised shape, whatever is kept of its sessions
    expect(Object.keys(newest())).toEqual(listedKeys);
  });
});
