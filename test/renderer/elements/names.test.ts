// Names in little room.
import { expect, test } from 'vitest';
import { inTwo } from '../../../src-renderer/elements/names.ts';

test('a long name keeps its last words', () => {
  const parts = (end: number, ...texts: string[]) => texts.map((text) => inTwo(text, end));
  expect(parts(10, '…sgd lr 0.01 seed 1', '…sgd seed 1, SGD, b63a', 'lr 0.1, seed 12', 'VSGD, seed 1', 'one-very-longest-word')).toEqual([
    ['…sgd lr 0.01 ', 'seed 1'], ['…sgd seed 1, ', 'SGD, b63a'], ['lr 0.1, ', 'seed 12'], ['VSGD, seed 1', ''], ['one-very-longest-', 'word']]);
  expect(parts(16, 'a name that is long, seed 12', 'short', 'withoutanywordsatallinit')).toEqual([['a name that ', 'is long, seed 12'], ['short', ''], ['withoutanywordsatallinit', '']]);
});
