// Where the app is: a path and its parameters, kept in the page's address, so that back, forward and reload work.
import { noteComposedHere } from './composedHere.svelte.ts';

export type Place = { path: string[]; query: Record<string, string> };

/** A part of a path as it was meant; one that is no encoded text (a lone %) as it stands. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** An empty parameter is none: what is shown does not depend on whether the address was read or changed. */
const withoutEmpty = (query: Place['query']): Place['query'] => Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));

/** Reads `#/runs/ID?tab=log`; empty parameters are left out. */
export function parseAddress(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?');
  const parts = path.split('/').filter((part) => part !== '').map(decoded);
  return { path: parts.length > 0 ? parts : ['runs'], query: withoutEmpty(Object.fromEntries(new URLSearchParams(query))) };
}

/** The address of a place; empty parameters are left out. */
export function formatAddress({ path, query }: Place): string {
  const text = new URLSearchParams(withoutEmpty(query)).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${text ? `?${text}` : ''}`;
}

export const address: Place = $state(parseAddress(location.hash));

/** Counts steps to another address: links, back and forward, not the parameters that a view writes itself. A form begins again at each. */
export const navigations = $state({ count: 0 });

window.addEventListener('hashchange', () => {
  Object.assign(address, parseAddress(location.hash));
  navigations.count += 1;
});

/** Goes to a place; a step that back undoes. */
export function go(path: string[], query: Record<string, string> = {}): void {
  noteComposedHere({ path, query });
  location.hash = formatAddress({ path, query });
}

/** Parameters that say what is looked at: back undoes a change of them. The others say how it is shown, or are typed. */
const looked = ['tab', 'state', 'where', 'group', 'kind', 'charts', 'metric', 'by', 'split', 'class', 'layer', 'cell'];

/** Changes parameters of this place: a step that back undoes where something else is looked at, none while one types or draws a slider. */
export function setQuery(change: Record<string, string>): void {
  const query = withoutEmpty({ ...address.query, ...change });
  noteComposedHere({ path: address.path, query });
  const step = looked.some((name) => (query[name] ?? '') !== (address.query[name] ?? ''));
  history[step ? 'pushState' : 'replaceState'](null, '', formatAddress({ path: address.path, query }));
  address.query = query;
}
