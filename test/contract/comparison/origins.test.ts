// Comparisons say where their data is not the published data set.
import { expect, test } from 'vitest';
import { describeOrigins, type ComparedRun } from '#contract';

const run = (origin: NonNullable<ComparedRun['dataset']>['origin']): ComparedRun => ({ id: 'a', name: 'a', seed: 1, config: {}, metrics: {}, startedAt: null, endedAt: null, dataset: { name: 'tiny-imagenet-200', fingerprint: 'f', origin } });

test('each data set that is not the published one is described once', () => {
  const subset = run({ kind: 'import', official: false, train: 1200, published: 100_000 });
  const whole = run({ kind: 'download', official: true, train: 100_000, published: 100_000 });
  expect(describeOrigins([subset, subset, whole, run(undefined)])).toEqual(['Data set tiny-imagenet-200: not the published archive, 1,200 of 100,000 training images.']);
  expect(describeOrigins([whole])).toEqual([]);
});
