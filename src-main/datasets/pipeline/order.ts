// Which pictures train, validate and test, and in which order: pure functions of the seed.
import { LabError, permutation, type DatasetChoice, type DatasetManifest } from '#contract';
import { requireTraining } from './known.ts';

/** Pictures of a purpose: their split and their places in it. */
export type Selection = { split: 'train' | 'val' | 'test'; indices: Uint32Array };
export type Selections = { train: Selection; val: Selection; test: Selection };

const range = (count: number) => Uint32Array.from({ length: count }, (_, index) => index);

/**
 * Training, validation and test pictures. Without a split of its own, validation is drawn from the training split by the seed;
 * without a test split, the validation split tests too (Tiny ImageNet's published habit).
 */
export function selectPictures(manifest: DatasetManifest, { options }: DatasetChoice, seed: number): Selections {
  const counts = new Map(manifest.splits.map(({ name, count }) => [name, count]));
  const total = counts.get('train');
  if (total === undefined) throw new LabError('DATASET_DAMAGED', `The data set ${manifest.name} has no training split.`);
  const limit = (selection: Selection, count: number | null) => (count === null ? selection : { ...selection, indices: selection.indices.subarray(0, count) });
  const own = counts.get('val');
  if (own !== undefined) {
    const tests = counts.get('test');
    return {
      train: limit({ split: 'train', indices: range(total) }, options.limit_train),
      val: { split: 'val', indices: range(own) },
      test: limit(tests === undefined ? { split: 'val', indices: range(own) } : { split: 'test', indices: range(tests) }, options.limit_test),
    };
  }
  const held = options.val_size;
  requireTraining({ train: total }, held);
  const drawn = permutation(total, seed, { purpose: 'validation', a: 0 });
  return {
    train: limit({ split: 'train', indices: drawn.slice(held).sort() }, options.limit_train),
    val: { split: 'train', indices: drawn.slice(0, held) },
    test: limit({ split: 'test', indices: range(counts.get('test') ?? 0) }, options.limit_test),
  };
}

/** Places in the training selection, in the order of an epoch; the last two epochs are remembered. */
export function createEpochOrder(count: number, seed: number): (epoch: number) => Uint32Array {
  const known = new Map<number, Uint32Array>();
  return (epoch) => {
    const found = known.get(epoch);
    if (found) return found;
    if (known.size > 1) known.delete(Math.min(...known.keys()));
    const order = permutation(count, seed, { purpose: 'order', a: epoch });
    known.set(epoch, order);
    return order;
  };
}
