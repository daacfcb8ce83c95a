// Fields of the export sheet: what can be read counts, what cannot says why.
import { expect, test } from 'vitest';
import { figureSchema } from '#contract';
import { limitsFault, readField, withGroup, writeField } from '../../../src-renderer/views/compare/figureFields.ts';

test.each([
  ['width', '84', { value: 84 }], ['width', '', { fault: 'Width (mm): a number is needed.' }], ['width', '5', { fault: 'Width (mm): from 30 to 400.' }], ['xMin', '', { value: null }], ['xMin', ' -2.5 ', { value: -2.5 }],
  ['yMax', 'ten', { fault: 'y to: a number, such as 0.5.' }], ['yTicks', '0, 50;100', { value: [0, 50, 100] }], ['yTicks', '0, x', { fault: 'y ticks: numbers separated by commas, such as 0, 50, 100.' }],
] as const)('%s: %j', (key, text, read) => {
  expect(readField(key, text)).toEqual(read);
});

test('a value is written as it is read', () => {
  const figure = figureSchema.parse({ yTicks: [0, 50], xMin: 0.5 });
  expect([writeField(figure, 'yTicks'), writeField(figure, 'xMin'), writeField(figure, 'xMax')]).toEqual(['0, 50', '0.5', '']);
});

test('limits the wrong way round are named', () => {
  expect(limitsFault(figureSchema.parse({ yMin: 70, yMax: 40 }))).toBe('y from must be less than y to.');
  expect(limitsFault(figureSchema.parse({ yMin: 40, yMax: 70, xMin: 3 }))).toBe('');
});

test('settings of a group are kept while they say something', () => {
  const named = withGroup([], 'VSGD', { name: 'Ours' });
  expect(withGroup(named, 'VSGD', { color: '#ff0000' })).toEqual([{ group: 'VSGD', name: 'Ours', color: '#ff0000' }]);
  expect(withGroup(named, 'VSGD', { name: '' })).toEqual([]);
});
