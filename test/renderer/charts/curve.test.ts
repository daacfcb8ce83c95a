// Labels at the ends of curves, which do not touch.
import { expect, test } from 'vitest';
import { spreadLabels } from '../../../src-renderer/charts/curve.ts';

test('labels keep their order and a line of room, within the plot', () => {
  expect(spreadLabels([50, 52, 10], { room: 14, top: 0, bottom: 100 })).toEqual([50, 64, 10]);
  expect(spreadLabels([99, 98], { room: 14, top: 0, bottom: 100 })).toEqual([100, 86]);
  expect(spreadLabels([], { room: 14, top: 0, bottom: 100 })).toEqual([]);
});
