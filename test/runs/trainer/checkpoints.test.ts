// Checkpoint files: names, the predecessor, falling back, and what a full or broken disk leaves.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pathsIn } from '#runs';
import { encodeSafetensors, type CheckpointKind } from '#training';
import { CheckpointStore, type CheckpointFacts } from '../../../src-main/runs/trainer/checkpoints.ts';
import { scratchFolder } from '#test/scratch.ts';

const chunksOf = (step: number) => encodeSafetensors([{ name: 'model/w', dtype: 'F32', shape: [2], data: Float32Array.of(step, 0.5) }], { step: String(step) });
const factsOf = (step: number, kinds: CheckpointKind[] = ['last']): CheckpointFacts => ({ step, offset: 100 * step, kinds, configHash: 'c', fingerprint: 'f', engine: 'wasm', version: '1' });

function createRun() {
  const paths = pathsIn(scratchFolder());
  mkdirSync(paths.checkpoints);
  const save = (step: number, kinds?: CheckpointKind[]) => new CheckpointStore(paths).save(chunksOf(step), factsOf(step, kinds));
  return { paths, save, file: (name: string) => join(paths.checkpoints, `${name}.safetensors`), load: () => new CheckpointStore(paths).loadNewest() };
}

describe('saving', () => {
  test('last is replaced, its predecessor kept, best and kept ones stay', () => {
    const { paths, save, file, load } = createRun();
    expect(load()).toBeNull();
    expect(save(1, ['last', 'best', 'kept']).map(({ kind, path }) => [kind, path])).toEqual([['last', 'checkpoints/last.safetensors'], ['best', 'checkpoints/best.safetensors'], ['kept', 'checkpoints/step-1.safetensors']]);
    save(2);
    const { bytes, sha256 } = save(3)[0]!;
    expect(readdirSync(paths.checkpoints).sort()).toEqual(['best.safetensors', 'index.json', 'last.safetensors', 'previous.safetensors', 'step-1.safetensors']);
    expect(statSync(file('last')).size).toBe(bytes);
    expect(readFileSync(file('previous')).equals(Buffer.concat(chunksOf(2)))).toBe(true);
    for (const name of ['best', 'step-1']) expect(readFileSync(file(name)).equals(Buffer.concat(chunksOf(1)))).toBe(true);
    expect(load()).toMatchObject({ entry: { step: 3, offset: 300, sha256 }, passedOver: [] });
  });

  test('rests of a killed trainer are removed', () => {
    const { paths, save, load } = createRun();
    save(1);
    writeFileSync(join(paths.checkpoints, 'last.safetensors.tmp-4711'), 'half');
    load();
    expect(readdirSync(paths.checkpoints).sort()).toEqual(['index.json', 'last.safetensors']);
  });

  test('a file where the folder should be is told by the save', () => {
    const { paths } = createRun();
    rmSync(paths.checkpoints, { recursive: true });
    writeFileSync(paths.checkpoints, '');
    expect(() => new CheckpointStore(paths).save(chunksOf(1), factsOf(1))).toThrow(/Writing \d+ bytes failed/);
  });

  test('a folder that is gone is an error in words, and the names are as they were', () => {
    const { paths, save } = createRun();
    save(1);
    const store = new CheckpointStore(paths);
    renameSync(paths.checkpoints, `${paths.checkpoints}-gone`);
    expect(() => store.save(chunksOf(2), factsOf(2))).toThrow(/Writing \d+ bytes failed/);
    renameSync(`${paths.checkpoints}-gone`, paths.checkpoints);
    expect(store.loadNewest()).toMatchObject({ entry: { step: 1 } });
  });
});

describe('falling back', () => {
  test('to previous where last is torn; it is last from then on, and is not lost by the next save', () => {
    const { save, file, load } = createRun();
    save(1);
    save(2);
    truncateSync(file('last'), 20);
    const loaded = load();
    expect(loaded).toMatchObject({ entry: { step: 1, offset: 100 }, passedOver: [expect.stringContaining('torn or changed')] });
    expect(readFileSync(file('last')).equals(Buffer.concat(chunksOf(1)))).toBe(true);
    save(2);
    truncateSync(file('last'), 20);
    expect(load()).toMatchObject({ entry: { step: 1 } });
  });

  test('to the latest kept one where previous is torn too', () => {
    const { save, file, load } = createRun();
    for (let step = 1; step <= 9; step += 1) save(step, step % 3 === 1 ? ['last', 'kept'] : ['last']);
    for (const name of ['last', 'previous', 'step-7']) truncateSync(file(name), 20);
    expect(load()).toMatchObject({ entry: { step: 4, offset: 400 }, passedOver: [expect.stringContaining('last'), expect.stringContaining('previous'), expect.stringContaining('step-7')] });
    expect(load()).toMatchObject({ entry: { step: 4 }, passedOver: [] });
  });

  test('a content whose entry was never written is no checkpoint', () => {
    const { save, file, load } = createRun();
    save(1);
    writeFileSync(file('last'), Buffer.concat(chunksOf(9)));
    expect(load).toThrow(expect.objectContaining({ code: 'CHECKPOINT_DAMAGED', message: expect.stringContaining('Start the run anew') }));
  });

  test('nothing is whole: a typed error that names what was tried', () => {
    const { save, file, load } = createRun();
    save(1);
    save(2);
    for (const name of ['last', 'previous']) truncateSync(file(name), 9);
    expect(load).toThrow(/last\.safetensors.*previous\.safetensors/);
  });

  test.each(['{', '{}', '[]', '{"entries":[null,7,{"step":-1}]}', '{"entries":{}}'])('an index of %s knows nothing and breaks nothing', (text) => {
    const { paths, save, load } = createRun();
    save(1);
    writeFileSync(join(paths.checkpoints, 'index.json'), text);
    expect(load).toThrow(expect.objectContaining({ code: 'CHECKPOINT_DAMAGED' }));
    rmSync(join(paths.checkpoints, 'last.safetensors'));
    expect(load()).toBeNull();
  });

  test('names that a crash left out are given again', () => {
    const { paths, save, file, load } = createRun();
    save(5, ['last', 'best', 'kept']);
    rmSync(file('best'));
    rmSync(file('step-5'));
    const loaded = load()!;
    expect(new CheckpointStore(paths).name(loaded.entry)).toHaveLength(3);
    expect([existsSync(file('best')), existsSync(file('step-5'))]).toEqual([true, true]);
  });
});
