// How the table of runs was left: its columns and pins over restarts; its address, how far it was scrolled and what was chosen until the page is closed.
import { address, formatAddress, setQuery } from './address.svelte.ts';

type Query = Record<string, string>;
const places = { cols: 'vsgd-lab-columns', pin: 'vsgd-lab-pins' } as const;

/** `cols` and `pin`: what counts where the address names none. */
export const table = $state({ cols: localStorage.getItem(places.cols) ?? '', pin: localStorage.getItem(places.pin) ?? '', query: {} as Query });

/** Columns or pins from now on; '' for the usual ones. */
export function keepInTable(part: keyof typeof places, value: string): void {
  table[part] = value;
  localStorage.setItem(places[part], value);
  setQuery({ [part]: value });
}

const isTable = (): boolean => address.path[0] === 'runs' && address.path.length === 1 && !['queue', 'trash'].includes(address.query.state ?? '');

const without = (query: Query, names: string[]): Query => Object.fromEntries(Object.entries(query).filter(([name]) => !names.includes(name)));
const addressOf = (query: Query): string => formatAddress({ path: ['runs'], query });
/** The table's address without the runs that it was opened to choose. */
const placeNow = (): string => addressOf(without(address.query, ['choose']));
let remembered = { place: '', scroll: 0, chosen: new Set<string>() };

/** Keeps where the table stands, for as long as it is the table that stands there. */
export function rememberTable(chosen: Set<string>): void {
  if (!isTable()) return;
  table.query = without(address.query, ['choose']);
  remembered = { ...remembered, place: placeNow(), chosen };
}
export function rememberScroll(scroll: number): void {
  remembered.scroll = scroll;
}
/** What was chosen and how far was scrolled when the table was last left at this very address; else nothing and not at all. */
export function wasLeft(): { chosen: Set<string>; scroll: number } {
  return placeNow() === remembered.place ? remembered : { chosen: new Set(), scroll: 0 };
}

/** Where "Runs" leads: from elsewhere to the table as it was left, from the table itself to all its runs in the same arrangement. */
export function tableAddress(): string {
  return addressOf(isTable() ? without(table.query, ['text', 'where', 'state']) : table.query);
}
