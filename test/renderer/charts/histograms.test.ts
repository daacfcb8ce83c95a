// Histograms over time: columns by step, what is too little to show.
import { expect, test } from 'vitest';
import { columnAt, columnsOf, lowestBin } from '../../../src-renderer/charts/histograms.ts';

const edges = [0, 0.2, 0.4, 0.6, 0.8, 1];
const histograms = [{ step: 100, edges, counts: [1, 0, 9, 90, 0] }, { step: 300, edges, counts: [0, 0, 50, 0, 50] }];

test('a column reaches from one step to the next; several share a pixel', () => {
  expect(columnsOf(histograms, 10)).toEqual([{ from: 0, to: 100, edges, shares: [0.01, 0, 0.09, 0.9, 0] }, { from: 100, to: 300, edges, shares: [0, 0, 0.5, 0, 0.5] }]);
  const [both, ...none] = columnsOf(histograms, 1);
  expect([none.length, both?.from, both?.to, both?.shares[2]]).toEqual([0, 0, 300, expect.closeTo(0.295)]);
});

test('what hardly any element has is left out, and said', () => {
  expect(lowestBin(histograms)).toEqual({ bin: 1, edge: 0.2, share: 0.01 });
  expect(lowestBin(histograms, 0)).toEqual({ bin: 0, edge: 0, share: 0 });
  expect(lowestBin([])).toEqual({ bin: 0, edge: 0, share: 0 });
});

test('the column under the pointer', () => {
  expect([columnAt(histograms, 50)?.index, columnAt(histograms, 100)?.index, columnAt(histograms, 101)?.index, columnAt(histograms, 301)]).toEqual([0, 0, 1, null]);
});
