// Engines through the router: what is there, an installation as a job, removal and its undo, inputs that are refused.
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { EngineJob } from '#contract';
import { insertRun } from '#store';
import { createClient, createContext, gather, transports, type Client } from '#test/client.ts';
import { createDocument } from '#test/documents.ts';
import { fakeEngines, pretendInstalled } from '#test/engines.ts';
import { startPackageIndex, tensorflowWheel, wheelFile } from '#test/packageIndex.ts';

const ended = (client: Client, id: string) => gather<EngineJob[]>((watcher) => client.engines.progress.subscribe(undefined, watcher), (all) => all.at(-1)?.find((job) => job.id === id)?.state !== 'running')
  .then((all) => all.at(-1)?.find((job) => job.id === id));

afterEach(() => vi.unstubAllEnvs());
const pretend = (words: string) => {
  vi.stubEnv('VSGD_LAB_ENGINE_MODULE', fakeEngines);
  vi.stubEnv('FAKE_ENGINES', words);
};

describe.each(transports)('%s', (transport) => {
  test.skipIf(process.platform !== 'linux')('an installation is a job; removed, the engine comes back by restore until its time is over', async () => {
    pretend('');
    const context = createContext();
    const client = await createClient(transport, context);
    const wheel = { content: tensorflowWheel(), file: wheelFile('tensorflow_cpu', '2.21.0') };
    const index = await startPackageIndex({ 'tensorflow-cpu': [wheel], tensorflow: [{ ...wheel, file: wheelFile('tensorflow', '2.21.0') }] });
    onTestFinished(() => index.close());
    const { id } = await client.engines.install.mutate({ name: 'tensorflow', index: index.index });
    expect(await ended(client, id)).toMatchObject({ kind: 'install', state: 'done', error: null, result: { usable: true } });
    const { rows, pending, sizes } = await client.engines.overview.query();
    expect(rows.find(({ chosen }) => chosen)).toMatchObject({ name: 'tensorflow', installed: { version: '2.21.0' } });
    expect(pending).toBeNull();
    expect(sizes.tensorflow.download).toBeGreaterThan(1e8);
    const entry = await client.engines.remove.mutate({ name: 'tensorflow' });
    const folder = join(context.lab.home.engines, 'tensorflow-2.21.0-cpu');
    expect(existsSync(folder)).toBe(false);
    await client.engines.restore.mutate({ id: entry });
    expect(existsSync(folder)).toBe(true);
    await client.engines.remove.mutate({ name: 'tensorflow' });
    await context.engineJobs.close();
    await expect(client.engines.restore.mutate({ id: entry })).rejects.toMatchObject({ data: { lab: { code: 'NOT_FOUND' } } });
  });
});

test('an unfinished installation is told, and forgotten when asked; what is wrong is refused at the door', async () => {
  pretend('no compiler');
  const context = createContext();
  const client = await createClient('in process', context);
  pretendInstalled(context.lab.home.engines, 'cpu');
  const { id } = await client.engines.install.mutate({ name: 'tensorflow', version: '2.21.0' });
  expect(await ended(client, id)).toMatchObject({ state: 'failed', error: { code: 'ENGINE_UNUSABLE', message: expect.stringContaining('apt-get install g++') as string } });
  expect((await client.engines.overview.query()).pending).toMatchObject({ name: 'tensorflow', version: '2.21.0' });
  await client.engines.discard.mutate();
  expect((await client.engines.overview.query()).pending).toBeNull();
  for (const bad of [{ name: 'torch' }, { name: 'tensorflow', version: '2.21.0; rm' }, { name: 'tensorflow', index: 'nonsense' }, { name: 'tensorflow', from: 'a\0b' }]) {
    await expect(client.engines.install.mutate(bad as { name: 'tensorflow' })).rejects.toMatchObject({ data: { lab: { code: 'USAGE' } } });
  }
  for (const name of ['../x', '1-tensorflow/..', '']) await expect(client.engines.restore.mutate({ id: name })).rejects.toMatchObject({ data: { lab: { code: 'NOT_FOUND' } } });
  await expect(client.engines.remove.mutate({ name: 'tensorflow-cuda' })).rejects.toMatchObject({ data: { lab: { code: 'NOT_FOUND' } } });
});

test('while a run computes with TensorFlow its engine is neither removed nor replaced', async () => {
  pretend('');
  const context = createContext();
  const client = await createClient('in process', context);
  const folder = pretendInstalled(context.lab.home.engines, 'cpu');
  const document = createDocument();
  insertRun(context.lab.database, document, 'running');
  context.lab.database.prepare('UPDATE runs SET engine = ?').run(JSON.stringify({ name: 'tensorflow', device: 'CPU' })); // as its journal says
  const { id } = await client.engines.install.mutate({ name: 'tensorflow', version: '2.20.0', index: 'http://127.0.0.1:1/' });
  const message = `The run ${document.id} computes with TensorFlow. Stop it first; it can go on with another engine.`;
  expect(await ended(client, id)).toMatchObject({ state: 'failed', error: { code: 'CONFLICT', message } });
  await expect(client.engines.remove.mutate({ name: 'tensorflow' })).rejects.toMatchObject({ data: { lab: { code: 'CONFLICT', message } } });
  expect(existsSync(folder)).toBe(true);
});
