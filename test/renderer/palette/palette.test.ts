// Keys and the search of the palette.
import { describe, expect, test, vi } from 'vitest';
import { createKeys, type Stroke } from '../../../src-renderer/palette/keys.ts';

vi.stubGlobal('location', { hash: '', protocol: 'http:', host: 'x' });
vi.stubGlobal('window', { addEventListener: () => {} });

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
