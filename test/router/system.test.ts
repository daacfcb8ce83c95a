// Configuration, comparison, exports, engines and settings through the router.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listProcedures } from '#router';
import { createClient, createContext, transports } from '#test/client.ts';
import { journal, metrics } from '#test/journals.ts';
import { scratchFolder } from '#test/scratch.ts';

describe.each(transports)('%s', (transport) => {
  const connect = async () => {
    const context = createContext();
    return { lab: context.lab, client: await createClient(transport, context) };
  };

  test('the configuration describes itself for a form', async () => {
    const { client } = await connect();
    const { groups, components, train, defaults } = await client.configuration.describe.query();
    expect(groups.find(({ group }) => group === 'train/optimizer')?.options).toContainEqual({ name: 'vsgd', target: 'vsgd.VSGD', component: 'vsgd', size: null, preset: null });
    const vsgd = components.find(({ name }) => name === 'vsgd');
    expect(vsgd?.fields.find(({ key }) => key === 'ghattg')).toMatchObject({ path: 'train.optimizer.ghattg', type: 'float', default: 30, above: 0, nullable: false });
    expect(train.find(({ key }) => key === 'max_epochs')).toMatchObject({ type: 'integer', nullable: true, min: 1, unit: 'epochs' });
    expect(train.find(({ key }) => key === 'best_metric')).toMatchObject({ type: 'choice', options: ['test/accuracy', 'test/loss', 'val/accuracy', 'val/loss'], advanced: true });
    expect(defaults).toHaveProperty('train.optimizer');
  });

  test('override texts compose, with each fault at its override', async () => {
    const { client } = await connect();
    const compose = (overrides: string[], multirun = false) => client.configuration.compose.query({ overrides, multirun });
    expect(await compose(['experiment=quickstart'])).toMatchObject({ faults: [], runs: [['experiment=quickstart']], experiment: { model: { name: 'convmixer' } }, yaml: expect.stringContaining('_target_: vsgd.VSGD') as string });
    expect((await compose(['experiment=quickstart', 'train.seed=1,2', 'train/optimizer=vsgd,sgd'], true)).runs).toHaveLength(4);
    expect((await compose(['a b=1', 'experiment=quickstart', 'train.lr=(']))).toMatchObject({ config: null, faults: [{ index: 0, error: { code: 'CONFIG_SYNTAX' } }, { index: 2 }] });
    expect((await compose(['experiment=quickstart', 'model.dim=0'])).faults).toMatchObject([{ index: 1, error: { code: 'CONFIG_INVALID', place: { key: 'model.dim' } } }]);
    expect((await compose(['model=nosuch'])).faults).toMatchObject([{ error: { code: 'CONFIG_MISSING' } }]);
  });

  test('the schedule ahead', async () => {
    const { client } = await connect();
    const { steps, rates, approximate } = await client.configuration.schedule.query({ overrides: ['experiment=quickstart', 'train/scheduler=stepLR', 'train.scheduler.step_size=100', 'train.optimizer.lr=0.8', 'train.scheduler.gamma=0.5'], points: 600 });
    expect([steps[99], steps[100], rates[99], rates[100], approximate]).toEqual([99, 100, 0.8, 0.4, false]);
  });

  test('comparison and exports', async () => {
    const { lab, client } = await connect();
    const made = await client.runs.enqueueSweep.mutate({ overrides: ['experiment=quickstart', 'train.seed=1,2'] });
    const ids = made.map(({ id }) => id);
    ids.forEach((id, index) => journal(lab, id, [metrics(1, { 'test/accuracy': 0.5 + index / 10, '=cmd|x': 'NaN' })]));
    expect(await client.compare.table.query({ runs: ids })).toMatchObject({ columns: [{ key: 'final test accuracy' }, { key: 'best test accuracy' }], rows: [{ name: 'VSGD', runs: ids, cells: [{ mean: 0.55, count: 2 }, { mean: 0.55 }], difference: null }] });
    const csv = await client.exports.metricsCsv.query({ run: ids[0] as string });
    expect(csv).toBe("metric,step,time,value\n'=cmd|x,1,1000,NaN\ntest/accuracy,1,1000,0.5\n");
    const folder = join(scratchFolder(), 'export');
    journal(lab, ids[0] as string, [{ type: 'layers', step: 1, time: 1, tensors: ['w', 'b'], sizes: [4, 2], total: { step: [1, 2, 3] }, measures: { step: [[1, 2, 4], null] } }]);
    await client.exports.run.mutate({ run: ids[0] as string, folder });
    expect(readFileSync(join(folder, 'metrics.csv'), 'utf8')).toBe(csv);
    expect(readFileSync(join(folder, 'layers.csv'), 'utf8')).toBe('step,tensor,size,measure,q10,q50,q90\n1,,6,step,1,2,3\n1,w,4,step,1,2,4\n');
    const file = join(scratchFolder(), 'bundle.tar');
    expect(await client.exports.bundle.mutate({ runs: ids, file })).toEqual(ids);
    expect(await client.exports.importBundle.mutate({ file })).toEqual({ imported: [], known: ids });
  });

  test('settings are kept in the home; engines say why not', async () => {
    const { lab, client } = await connect();
    expect(await client.settings.get.query()).toEqual({ slots: 1, autoResume: false, autosave: null, datasets: null, mirror: null });
    expect(await client.settings.set.mutate({ slots: 3, autosave: 50 })).toEqual({ slots: 3, autoResume: false, autosave: 50, datasets: null, mirror: null });
    expect(JSON.parse(readFileSync(lab.home.settings, 'utf8'))).toMatchObject({ slots: 3, autosave: 50 });
    for (const mirror of ['not a url', 'https://', join(lab.home.root, 'none')]) await expect(client.settings.set.mutate({ mirror }), mirror).rejects.toMatchObject({ data: { lab: { code: 'CONFIG_INVALID', message: expect.stringContaining('neither an address') as string, place: { key: 'mirror' } } } });
    for (const mirror of ['http://127.0.0.1:1/sets', lab.home.root, `file://${lab.home.root}`, null]) expect(await client.settings.set.mutate({ mirror })).toMatchObject({ mirror });
    const [shared, file] = [join(lab.home.root, 'shared', 'sets'), join(lab.home.root, 'settings.json')];
    for (const datasets of ['sets', join(file, 'sets')]) await expect(client.settings.set.mutate({ datasets }), datasets).rejects.toMatchObject({ data: { lab: { code: 'CONFIG_INVALID', place: { key: 'datasets' } } } });
    await client.settings.set.mutate({ datasets: shared });
    expect((await client.system.about.query()).datasets).toBe(shared);
    expect((await client.datasets.disk.query()).folder).toBe(shared);
    await client.settings.set.mutate({ datasets: null });
    expect((await client.system.about.query()).datasets).toBe(join(lab.home.root, 'datasets'));
    await expect(client.settings.set.mutate({ slots: 0 })).rejects.toMatchObject({ data: { lab: { code: 'USAGE', place: { key: 'slots' } } } });
    expect(await client.engines.list.query()).toContainEqual(expect.objectContaining({ name: 'webgpu', usable: false, reason: expect.stringContaining('No GPU') as string }));
    expect(await client.system.about.query()).toEqual({ version: '1.2.3', home: lab.home.root, datasets: lab.home.datasets, datasetsFixed: false, notices: [], hosted: false });
  });
});

test('the list of procedures names their kinds', () => {
  const listed = listProcedures();
  expect(listed).toContainEqual({ path: 'runs.enqueue', type: 'mutation' });
  expect(listed).toContainEqual({ path: 'live.changes', type: 'subscription' });
  expect(new Set(listed.map(({ path }) => path)).size).toBe(listed.length);
});
