// Which new runs this window made itself. An address can come from anybody: a link, a bookmark, a page that redirects here.
// What it says is composed only once a person has agreed; what this tab has written into its own address needs no asking.

/** What counts of a place of the app: state/address.svelte.ts has the whole of it. */
type Place = { path: string[]; query: Record<string, string> };

const storageKey = 'vsgd-lab composed here';
const most = 200;

function read(): string[] {
  try {
    const stored = JSON.parse(sessionStorage.getItem(storageKey) ?? '[]') as unknown;
    return Array.isArray(stored) ? stored.filter((text) => typeof text === 'string') : [];
  } catch {
    return []; // no storage, or not ours
  }
}

let known: string[] = $state.raw(read());

const keyOf = ({ query }: Place): string => JSON.stringify([query.line ?? '', query.from ?? '']);
const isEmpty = ({ query }: Place): boolean => !query.line && !query.from;

/** Whether the form may read what this address says. */
export const isComposedHere = (place: Place): boolean => place.path[0] !== 'new' || isEmpty(place) || known.includes(keyOf(place));

/** Notes that this window, or the person at it, wants what the address says. Kept for this tab, over reload, back and forward. */
export function noteComposedHere(place: Place): void {
  if (isComposedHere(place)) return;
  known = [...known, keyOf(place)].slice(-most);
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(known));
  } catch {
    // kept until the reload
  }
}
