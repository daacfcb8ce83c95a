// Which data sets stand against a start.
import { expect, test } from 'vitest';
import type { DatasetListing } from '#contract';
import { missingOf } from '../../../../src-renderer/views/newRun/missing.ts';

const row = (name: string, state: DatasetListing['state'], bytes = 10): DatasetListing => ({ name, state, bytes, fingerprint: null, classes: 10, train: 1, test: 1, origin: null });
const listing = [row('cifar10', 'absent', 170), row('cifar100', 'absent', 169), row('mnist', 'installed'), row('shapes', 'absent'), row('pets', 'installed'), row('old', 'damaged')];

test.each([
  [['shapes-4000-1000-0.15-28', 'mnist', 'pets'], { fetched: [], bytes: 0, others: [] }],
  [['cifar10', 'cifar100', 'mnist'], { fetched: ['cifar10', 'cifar100'], bytes: 339, others: [] }],
  [['birds', 'old'], { fetched: [], bytes: 0, others: ['birds', 'old'] }],
])('%s', (wanted, missing) => {
  expect(missingOf(wanted, listing)).toEqual(missing);
});
