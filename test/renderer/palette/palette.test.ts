// Keys and the search of the palette.
import { describe, expect, test } from 'vitest';
import { createKeys, type Stroke } from '../../../src-renderer/palette/keys.ts';
import { scoreOf, search } from '../../../src-renderer/palette/search.ts';

describe('keys', () => {
  const stroke = (key: string, more: Partial<Stroke> = {}): Stroke => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });
  const known = new Set(['g r', 'mod+k', '/']);
  test('two in a row, but not after a pause, and never while typing', () => {
    const name = createKeys(known);
    expect([name(stroke('g'), false, 0), name(stroke('r'), false, 500)]).toEqual([null, 'g r']);
    expect([name(stroke('g'), false, 1000), name(stroke('r'), false, 5000)]).toEqual([null, null]);
    expect([name(stroke('/'), true, 6000), name(stroke('/'), false, 6001)]).toEqual([null, '/']);
  });
  test('Ctrl and ⌘ work also while typing; Alt belongs to the browser', () => {
    const name = createKeys(known);
    expect([name(stroke('k', { ctrlKey: true }), true, 0), name(stroke('K', { metaKey: true }), false, 1), name(stroke('/', { altKey: true }), false, 2)]).toEqual(['mod+k', 'mod+k', null]);
  });
});

describe('the search', () => {
  const found = (typed: string, titles: string[]) => search(titles.map((title) => ({ title })), typed).map(({ title }) => title);
  test('a word as it stands comes before its letters from here and there', () => {
    expect(found('vsgd', ['Open convmixer shapes sgd seed 3', 'Open vgg shapes sgd seed 1', 'Open my-vsgd', 'Open convmixer shapes vsgd seed 3'])).toEqual(['Open my-vsgd', 'Open convmixer shapes vsgd seed 3', 'Open vgg shapes sgd seed 1']);
    expect(found('run', ['Open pruned', 'Open running', 'Open a run', 'New run'])).toEqual(['New run', 'Open a run', 'Open running', 'Open pruned']);
  });
  test('a few letters do, in words of any order', () => {
    expect(found('stop lng 2', ['Stop long 1', 'Stop long 2', 'Open long 2'])).toEqual(['Stop long 2']);
    expect(found('dark the', ['Theme: light', 'Theme: dark'])).toEqual(['Theme: dark']);
    expect([scoreOf('Queue', 'xq'), scoreOf('Queue', 'qe'), scoreOf('Queue', 'ue')]).toEqual([null, expect.any(Number), expect.any(Number)]);
  });
  test('of what fits alike the first choices come first; nothing typed leaves the order', () => {
    const all = [{ title: 'Star alpha', second: true }, { title: 'Open alpha two' }, { title: 'Open alpha' }];
    expect([search(all, 'alpha').map(({ title }) => title), search(all, ' ')]).toEqual([['Open alpha', 'Open alpha two', 'Star alpha'], all]);
  });
});
