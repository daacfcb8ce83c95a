// Data sets through the router: jobs with progress, pictures, counts.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DatasetJob } from '#contract';
import { createClient, createContext, gather, transports, type Client } from '#test/client.ts';
import { startMirror } from '#test/mirror.ts';
import { scratchFolder } from '#test/scratch.ts';

/** A folder of two classes, 12 plain pictures each. */
async function createPictures(): Promise<string> {
  const folder = join(scratchFolder(), 'colours');
  for (const [name, background] of [['red', '#f00'], ['blue', '#00f']] as const) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let index = 0; index < 12; index += 1) await sharp({ create: { width: 20, height: 16, channels: 3, background } }).png().toFile(join(folder, name, `${index}.png`));
  }
  return folder;
}

const ended = (client: Client, id: string) => gather<DatasetJob[]>((watcher) => client.datasets.progress.subscribe(undefined, watcher), (all) => all.at(-1)?.find((job) => job.id === id)?.state !== 'running')
  .then((all) => all.at(-1)?.find((job) => job.id === id));

describe.each(transports)('%s', (transport) => {
  const connect = async () => createClient(transport, createContext());

  test('a folder is imported, shown, sampled, verified and removed', async () => {
    const client = await connect();
    const { id } = await client.datasets.import.mutate({ path: await createPictures(), xDim: 16 });
    expect(await ended(client, id)).toMatchObject({ state: 'done', error: null, result: { name: 'colours', skipped: [] }, progress: { unit: 'images' } });
    const page = await client.datasets.show.query({ name: 'colours' });
    expect(page.manifest).toMatchObject({ classes: ['blue', 'red'], width: 16 });
    expect(page.counts.flatMap(({ perClass }) => perClass).reduce((sum, count) => sum + count)).toBe(24);
    const asked = { name: 'colours', label: 1, count: 3, seed: 7 };
    const { pictures, classes } = await client.datasets.samples.query(asked);
    const { pictures: raw } = await client.datasets.samples.query({ ...asked, format: 'raw' });
    expect(pictures.map(({ label }) => classes[label])).toEqual(['red', 'red', 'red']);
    const decoded = await sharp(Buffer.from((pictures[0]?.png ?? '').split(',')[1] ?? '', 'base64')).raw().toBuffer();
    expect(decoded.toString('base64')).toBe(raw[0]?.pixels);
    expect([...decoded.subarray(0, 3)]).toEqual([255, 0, 0]);
    const overrides = ['dataset=image_folder', 'dataset.data_module.folder=colours', 'dataset.x_dim=16', 'dataset.num_classes=2'];
    const { pairs } = await client.datasets.augmented.query({ overrides, count: 2, redraw: 3 });
    expect(pairs).toHaveLength(2);
    expect(pairs[0]?.augmented).toMatch(/^data:image\/png;base64,/);
    const check = await client.datasets.verify.mutate({ name: 'colours' });
    expect(await ended(client, check.id)).toMatchObject({ kind: 'verify', state: 'done' });
    await client.datasets.remove.mutate({ name: 'colours' });
    await expect(client.datasets.show.query({ name: 'colours' })).rejects.toMatchObject({ data: { code: 'PRECONDITION_FAILED', lab: { code: 'DATASET_MISSING' } } });
  });

  test('an installation tells its progress, can be cancelled, and says why it failed', async () => {
    const client = await connect();
    const mirror = await startMirror({ 'train-images-idx3-ubyte.gz': Buffer.alloc(100_000) });
    onTestFinished(() => mirror.close());
    mirror.faults.push({ kind: 'stall', after: 50_000 });
    const { id } = await client.datasets.install.mutate({ name: 'mnist', mirror: mirror.address });
    const twin = await client.datasets.install.mutate({ name: 'mnist', mirror: mirror.address });
    expect(twin.id).toBe(id);
    const seen = await gather<DatasetJob[]>((watcher) => client.datasets.progress.subscribe(undefined, watcher), (all) => (all.at(-1)?.[0]?.progress?.done ?? 0) > 0);
    expect(seen.at(-1)?.[0]).toMatchObject({ kind: 'install', name: 'mnist', state: 'running', progress: { stage: 'download', total: 100_000 } });
    await expect(client.datasets.discard.mutate({ name: 'mnist' })).rejects.toMatchObject({ data: { lab: { code: 'CONFLICT', message: expect.stringContaining('under way') as string } } });
    await client.datasets.cancel.mutate({ id });
    expect(await ended(client, id)).toMatchObject({ state: 'cancelled' });
    await client.datasets.discard.mutate({ name: 'mnist' });
    expect(await gather<DatasetJob[]>((watcher) => client.datasets.progress.subscribe(undefined, watcher), () => true)).toEqual([[]]);
    const unknown = await client.datasets.install.mutate({ name: 'nosuch' });
    expect(await ended(client, unknown.id)).toMatchObject({ state: 'failed', error: { code: 'NOT_FOUND' } });
    await expect(client.datasets.cancel.mutate({ id: 'none' })).rejects.toMatchObject({ data: { lab: { code: 'NOT_FOUND' } } });
    expect((await client.datasets.list.query()).find(({ name }) => name === 'mnist')).toMatchObject({ state: 'absent' });
  });

  test.each(['..', '../runs', '..%2fruns', 'a/b', 'a\\b', 'con', 'x\0y'])('no path gets in as a name: %j', async (name) => {
    const client = await connect();
    await expect(client.datasets.show.query({ name })).rejects.toMatchObject({ data: { lab: { code: 'USAGE' } } });
    await expect(client.datasets.remove.mutate({ name })).rejects.toMatchObject({ data: { lab: { code: 'USAGE' } } });
  });
});
