// Addresses of places: read, written, and read again whatever somebody put there.
import { describe, expect, test, vi } from 'vitest';

vi.stubGlobal('location', { hash: '' });
vi.stubGlobal('window', { addEventListener: () => {} });
const asIs = (value: unknown) => value;
vi.stubGlobal('$state', Object.assign(asIs, { raw: asIs }));
const { address, formatAddress, parseAddress, setQuery } = await import('../../../src-renderer/state/address.svelte.ts');

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
    for (const name of ['for the paper', 'a+b', '100 % & more?', 'ä/ö#1']) expect(parseAddress(formatAddress({ path: ['compare'], query: { name } })).query.name).toBe(name);
    expect(parseAddress('#/compare?name=for+the+paper&runs=').query).toEqual({ name: 'for the paper' });
  });
  test('a parameter that is emptied is gone, as after a reload', () => {
    vi.stubGlobal('history', { pushState: () => {}, replaceState: () => {} });
    setQuery({ x: 'epoch', tab: 'log' });
    expect(address.query).toEqual({ x: 'epoch', tab: 'log' });
    setQuery({ x: '' });
    expect(address.query).toEqual({ tab: 'log' });
  });
});
