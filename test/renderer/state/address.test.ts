// Addresses of places: read, written, and read again whatever somebody put there.
import { describe, expect, test, vi } from 'vitest';

vi.stubGlobal('location', { hash: '' });
vi.stubGlobal('window', { addEventListener: () => {} });
const asIs = (value: unknown) => value;
vi.stubGlobal('$state', Object.assign(asIs, { raw: asIs }));
const { formatAddress, parseAddress } = await import('../../../src-renderer/state/address.svelte.ts');

describe('an address', () => {
  test.for([
    ['', ['runs'], {}], ['#/', ['runs'], {}], ['#/runs/ID?tab=log', ['runs', 'ID'], { tab: 'log' }], ['#/datasets/a%20b', ['datasets', 'a b'], {}],
    ['#/runs/50%', ['runs', '50%'], {}], ['#/%E0%A4%A?text=100%', ['%E0%A4%A'], { text: '100%' }],
  ] as const)('%j', ([hash, path, query]) => {
    expect(parseAddress(hash)).toEqual({ path, query });
  });
  test('is read as it was written', () => {
    const place = { path: ['datasets', '50% a/b'], query: { text: 'lr<0.1 & "x"' } };
    expect(parseAddress(formatAddress(place))).toEqual(place);
    expect(formatAddress({ path: ['runs'], query: { text: '' } })).toBe('#/runs');
  });
});
