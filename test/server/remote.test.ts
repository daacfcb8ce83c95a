// What a server refuses that other computers reach, and what no request writes over, by route and against a real server.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createContext, createNetworkClient, serve, type Client } from '#test/client.ts';
import { expectCleanPrototypes } from '#test/prototypes.ts';
import { scratchFolder } from '#test/scratch.ts';

const environment = ['experiment=quickstart', '+note=${oc.env:HOME}'];
/** Attack by route. */
const attacks: [route: string, attack: (client: Client, folder: string) => Promise<unknown>][] = [
  ['exports.run', (client, folder) => client.exports.run.mutate({ run: 'x', folder, force: true })],
  ['exports.bundle', (client, folder) => client.exports.bundle.mutate({ runs: ['x'], file: join(folder, '.bashrc'), force: true })],
  ['exports.importBundle', (client) => client.exports.importBundle.mutate({ file: '/etc/passwd' })],
  ['datasets.inspect', (client) => client.datasets.inspect.mutate({ path: '/etc' })],
  ...['${oc[env]:HOME}', '${[oc].env:HOME}', "${oc.create:'b: \"\\x24{oc.\\x65nv:HOME}\"'}", '${oc.select:x}'].map((text): (typeof attacks)[number] => [`configuration.compose, ${text}`, (client) => client.configuration.compose.query({ overrides: [`+a=${text}`] })]),
  ['datasets.import', (client) => client.datasets.import.mutate({ path: '/etc' })],
  ['datasets.install, mirror', (client) => client.datasets.install.mutate({ name: 'mnist', mirror: 'http://169.254.169.254/' })],
  ['engines.install, index', (client) => client.engines.install.mutate({ name: 'tensorflow', index: 'http://127.0.0.1:1/' })],
  ['engines.install, from', (client) => client.engines.install.mutate({ name: 'tensorflow', from: '/tmp' })],
  ['engines.install, wheels', (client) => client.engines.install.mutate({ name: 'tensorflow', wheels: ['/tmp/x.whl'] })],
  ['settings.set, mirror', (client) => client.settings.set.mutate({ mirror: 'http://127.0.0.1:1/' })],
  ['settings.set, datasets', (client, folder) => client.settings.set.mutate({ datasets: folder })],
  ['runs.enqueue, environment', (client) => client.runs.enqueue.mutate({ overrides: environment })],
  ['runs.enqueueSweep, environment', (client) => client.runs.enqueueSweep.mutate({ overrides: environment })],
  ['configuration.compose, environment', (client) => client.configuration.compose.query({ overrides: environment })],
  ['configuration.compose, a name put together', (client) => client.configuration.compose.query({ overrides: ['+a=oc', '+note=${${a}.env:HOME}'] })],
  ['configuration.schedule, environment', (client) => client.configuration.schedule.query({ overrides: environment })],
  ['configuration.savePreset, environment', (client) => client.configuration.savePreset.mutate({ name: 'x', overrides: environment })],
];

describe('a server with --allow-remote', () => {
  test('refuses files, mirrors, indexes and the environment of its computer; its own data stay usable', async () => {
    const context = createContext();
    const client = createNetworkClient(await serve(context, { allowRemote: true }));
    const folder = scratchFolder();
    for (const [route, attack] of attacks) await expect(attack(client, folder), route).rejects.toMatchObject({ data: { lab: { code: 'USAGE', message: expect.stringMatching(/--allow-remote/) as string } } });
    expect(existsSync(join(folder, '.bashrc'))).toBe(false);
    expect(await client.settings.set.mutate({ slots: 2 })).toMatchObject({ slots: 2, mirror: null });
    expect((await client.configuration.compose.query({ overrides: ['experiment=quickstart'] })).faults).toEqual([]);
  });

  test('takes the same on a loopback address without the flag', async () => {
    const client = createNetworkClient(await serve(createContext()));
    expect((await client.configuration.compose.query({ overrides: environment })).config).toMatchObject({ note: process.env.HOME });
  });
});

describe('exports', () => {
  test('write over nothing but an export of the same run, unless that is asked for', async () => {
    const client = createNetworkClient(await serve(createContext()));
    const [made] = await client.runs.enqueue.mutate({ overrides: ['experiment=quickstart'] });
    const run = made!.id;
    await client.runs.stop.mutate({ run });
    const folder = scratchFolder();
    const file = join(folder, '.bashrc');
    writeFileSync(file, 'mine');
    await expect(client.exports.bundle.mutate({ runs: [run], file })).rejects.toMatchObject({ data: { lab: { code: 'CONFLICT' } } });
    for (const name of ['config.yaml', 'run.json', 'metrics.csv']) {
      const other = join(folder, name.replace('.', '-'));
      mkdirSync(other);
      writeFileSync(join(other, name), 'mine');
      await expect(client.exports.run.mutate({ run, folder: other }), name).rejects.toMatchObject({ data: { lab: { code: 'CONFLICT' } } });
      expect(readFileSync(join(other, name), 'utf8')).toBe('mine');
      await client.exports.run.mutate({ run, folder: other, force: true });
      await client.exports.run.mutate({ run, folder: other }); // its own export is replaced
    }
    expect(readFileSync(file, 'utf8')).toBe('mine');
    await client.exports.bundle.mutate({ runs: [run], file, force: true });
    expect(readFileSync(file, 'utf8')).not.toBe('mine');
  });
});

test('prototype keys in overrides are refused by every route that takes them, and the server keeps answering', async () => {
  const client = createNetworkClient(await serve(createContext()));
  const overrides = ['experiment=quickstart', "+__proto__.NODE_OPTIONS='--import=data:text/javascript,0'", '++train.__proto__.trashed=true'];
  expect((await client.configuration.compose.query({ overrides })).faults).toHaveLength(2);
  for (const ask of [() => client.runs.enqueue.mutate({ overrides }), () => client.runs.enqueueSweep.mutate({ overrides }), () => client.configuration.estimate.query({ overrides }), () => client.configuration.schedule.query({ overrides }), () => client.configuration.savePreset.mutate({ name: 'x', overrides }), () => client.datasets.augmented.query({ overrides })]) {
    await expect(ask()).rejects.toMatchObject({ data: { lab: { code: 'CONFIG_SYNTAX' } } });
    expectCleanPrototypes(overrides);
  }
  expect(await client.settings.get.query()).toMatchObject({ slots: 1 });
});
