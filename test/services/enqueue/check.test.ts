// What can never run, and what does nothing, is told before anything is queued.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { LabError} from '#contract';
import { type RunDocument } from '#contract';
import { generateShapes } from '#datasets';
import { composeView, enqueueRuns, forkRun, openLab, resumeRun, schedulePreview, type Lab } from '#services';
import { getRun, listRuns, setState } from '#store';
import { probeEngine } from '#training';
import { fakeEngines } from '#test/engines.ts';
import { journal } from '#test/journals.ts';
import { scratchFolder } from '#test/scratch.ts';

function createLab(): Lab {
  const lab = openLab(scratchFolder());
  onTestFinished(() => lab.close());
  return lab;
}
const shapes = ['experiment=quickstart', 'dataset.data_module.train_size=100', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=16'];
const documentOf = (lab: Lab, id: string): RunDocument => JSON.parse(getRun(lab.database, id)!.document) as RunDocument;

/** An imported folder: 24 images of 16 pixels, 10 classes. */
async function installFolder(lab: Lab): Promise<void> {
  const { manifest, directory } = await generateShapes({ root: lab.home.datasets, trainSize: 24, testSize: 10, noise: 0.1, xDim: 16 });
  const folder = join(lab.home.datasets, 'mine');
  mkdirSync(folder);
  for (const name of ['manifest.json', ...Object.keys(manifest.files)]) writeFileSync(join(folder, name), readFileSync(join(directory, name)));
}

describe('refused', () => {
  test.each([
    [['experiment=quickstart', 'train/optimizer=sgd', 'train.optimizer.nesterov=true'], /Nesterov momentum needs momentum > 0/],
    [['experiment=quickstart', 'train/optimizer=sgd', 'train.optimizer.nesterov=true', 'train.optimizer.momentum=0.9', '++train.optimizer.dampening=0.1'], /dampening 0/],
    [['model=vgg', 'dataset=mnist'], /needs at least 32 pixels; x_dim is 28/],
    [['experiment=quickstart', 'dataset.x_dim=2', 'model.patch_size=4'], /patch of 4 pixels does not fit/],
    [['dataset=cifar10', 'dataset.x_dim=64'], /images of cifar10 are 32 × 32/],
    [['dataset=cifar100', 'dataset.num_classes=10'], /cifar100 has 100 classes/],
    [['experiment=quickstart', 'dataset.data_module.train_size=100', 'dataset.data_module.val_size=100'], /only 100 training images/],
  ])('%j', (overrides, told) => {
    const lab = createLab();
    expect(() => enqueueRuns(lab, { overrides })).toThrow(told);
    expect(composeView({ overrides }, lab).faults).toMatchObject([{ error: { message: expect.stringMatching(told) as string } }]);
    expect(listRuns(lab.database)).toEqual([]);
  });

  test('a sweep of which one run can never work, with that run named', () => {
    const lab = createLab();
    const sweep = () => enqueueRuns(lab, { overrides: ['experiment=quickstart', 'train/optimizer=sgd', 'train.optimizer.momentum=0.9,0', 'train.optimizer.nesterov=true'], multirun: true });
    expect(sweep).toThrow(/This is run 2 of the 2 of this sweep, .*momentum=0 train.optimizer.nesterov=true\. Nothing was queued\./);
    expect(listRuns(lab.database)).toEqual([]);
  });

  test('an engine that is known not to work; one that was never tried is left to the trainer', async () => {
    vi.stubEnv('VSGD_LAB_ENGINE_MODULE', fakeEngines);
    vi.stubEnv('FAKE_ENGINES', '');
    onTestFinished(() => { vi.unstubAllEnvs(); });
    const lab = createLab();
    const [made] = enqueueRuns(lab, { overrides: shapes, engine: 'webgpu' });
    await probeEngine('webgpu', { engines: lab.home.engines });
    const refusal = expect.objectContaining<Partial<LabError>>({ code: 'ENGINE_UNUSABLE', message: expect.stringMatching(/webgpu: No adapter was found/) as string });
    expect(() => enqueueRuns(lab, { overrides: shapes, engine: 'webgpu' })).toThrow(refusal);
    setState(lab.database, made!.id, { state: 'stopped', reason: null });
    expect(() => resumeRun(lab, made!.id, 'webgpu')).toThrow(refusal);
    expect(() => enqueueRuns(lab, { overrides: shapes, engine: 'tensorflow' })).toThrow(/engines install tensorflow/);
    expect(listRuns(lab.database)).toHaveLength(1);
  });

  test('an installed folder of images of another size', async () => {
    const lab = createLab();
    await installFolder(lab);
    const overrides = ['experiment=quickstart', 'dataset=image_folder', 'dataset.data_module.folder=mine', 'dataset.data_module.val_size=4', 'dataset.x_dim=24'];
    expect(() => enqueueRuns(lab, { overrides })).toThrow(/images of \S+ are 16 × 16/);
    expect(enqueueRuns(lab, { overrides: [...overrides, 'dataset.x_dim=16'] })).toHaveLength(1);
  });
});

describe('warned of', () => {
  test('a plateau schedule without validation, also in the published experiment that has none', () => {
    const lab = createLab();
    expect(enqueueRuns(lab, { overrides: ['experiment=mnist_convmixer', 'train/scheduler=plateau'] })[0]?.warnings).toEqual([expect.stringMatching(/follows val\/loss, which is never measured/)]);
    expect(enqueueRuns(lab, { overrides: [...shapes, 'train/scheduler=plateau', 'dataset.data_module.val_size=0'] })[0]?.warnings).toEqual([expect.stringMatching(/no validation images/)]);
    expect(composeView({ overrides: [...shapes, 'train/scheduler=plateau', 'train.val_freq=0'] }, lab).warnings).toHaveLength(1);
  });
});

describe('the cosine schedule with max_epochs', () => {
  const cosine = [...shapes, 'train/scheduler=cosine', 'train.max_epochs=3']; // 90 images: 6 iterations an epoch

  test('anneals over the length of the run, which its overrides say; a fork of other length follows', () => {
    const lab = createLab();
    const [made] = enqueueRuns(lab, { overrides: cosine });
    const { config, overrides } = documentOf(lab, made!.id);
    expect([config.train, overrides.at(-1), made!.warnings]).toMatchObject([{ scheduler: { T_max: 18 } }, 'train.scheduler.T_max=18', []]);
    const { rates } = schedulePreview({ overrides: cosine }, lab);
    expect([rates.length, rates.at(-1)! < 0.001]).toEqual([18, true]);
    const checkpoint = join(lab.home.runs, made!.id, 'checkpoints/last.safetensors');
    appendFileSync(checkpoint, 'weights');
    journal(lab, made!.id, [{ type: 'checkpoint', step: 18, time: 1, path: 'checkpoints/last.safetensors', bytes: 7, sha256: 'ab', kind: 'last' }]);
    expect(forkRun(lab, { id: made!.id, overrides: ['train.max_epochs=5'] }).differences).toEqual([{ key: 'train.scheduler.T_max', before: 18, after: 30 }, { key: 'train.max_epochs', before: 3, after: 5 }]);
  });

  test('keeps a T_max that was given, and says both numbers', () => {
    const lab = createLab();
    const [made] = enqueueRuns(lab, { overrides: [...cosine, 'train.scheduler.T_max=100'] });
    expect([documentOf(lab, made!.id).config.train, made!.warnings]).toMatchObject([{ scheduler: { T_max: 100 } }, [expect.stringMatching(/T_max is 100 and the run has 18 iterations/)]]);
  });

  test('of a data set that is not here yet is warned of', () => {
    const lab = createLab();
    const overrides = ['dataset=image_folder', 'dataset.data_module.folder=mine', 'dataset.x_dim=64', 'dataset.num_classes=10', 'train/scheduler=cosine', 'train.max_epochs=3'];
    expect(enqueueRuns(lab, { overrides })[0]?.warnings).toEqual([expect.stringMatching(/T_max is 10000, the value of train\.max_iter, but the run is 3 epochs long/)]);
  });
});
