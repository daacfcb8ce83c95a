// Data sets that runs want and that are not on this computer.
import type { DatasetListing } from '#contract';

/** Those that are to be fetched, with the bytes of it, and those that nobody can fetch by a button. */
export type Missing = { fetched: string[]; bytes: number; others: string[] };

/** Generated shapes are made when a run starts. */
export const isGenerated = (name: string): boolean => name.startsWith('shapes-');

/** `wanted`: names as they are installed. */
export function missingOf(wanted: string[], listing: DatasetListing[]): Missing {
  const rows = wanted.filter((name) => !isGenerated(name)).map((name) => ({ name, row: listing.find((listed) => listed.name === name) }));
  const absent = rows.flatMap(({ row }) => (row && ['absent', 'downloading'].includes(row.state) ? [row] : []));
  return {
    fetched: absent.map(({ name }) => name),
    bytes: absent.reduce((sum, { bytes }) => sum + bytes, 0),
    others: rows.filter(({ row }) => !row || row.state === 'damaged').map(({ name }) => name),
  };
}
