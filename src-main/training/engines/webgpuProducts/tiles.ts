// The tiles that a product can be cut into, and which one a shape gets where nothing was measured.
import type { Abilities } from '../webgpu/sink.ts';

/** Rows, columns and depth of a workgroup's tile; rows and columns of a lane's sums. */
export type Tile = { bm: number; bn: number; bk: number; tm: number; tn: number; /** Whether the next tile is fetched while this one is summed. */ ahead?: boolean };

/** Every tile by its name. */
export const tiles: Record<string, Tile> = {
  '32x32': { bm: 32, bn: 32, bk: 16, tm: 4, tn: 4 },
  '64x32': { bm: 64, bn: 32, bk: 16, tm: 4, tn: 4 },
  '64x64': { bm: 64, bn: 64, bk: 16, tm: 8, tn: 4 },
  '128x64': { bm: 128, bn: 64, bk: 16, tm: 8, tn: 4 },
  '128x128': { bm: 128, bn: 128, bk: 16, tm: 8, tn: 8 },
};

export type ProductShape = { rows: number; columns: number; depth: number };

/** Shapes of one class share a measured tile: magnitudes of rows and depth, and the columns up to 128. */
export const shapeClass = ({ rows, columns, depth }: ProductShape): string =>
  [Math.min(20, Math.round(Math.log2(rows))), Math.min(128, 2 ** Math.ceil(Math.log2(columns))), Math.min(14, Math.round(Math.log2(depth)))].join(' ');

const bytesOf = ({ bm, bn, bk }: Tile) => 16 * bk * (bm / 4 + bn / 4 + 2);
const lanesOf = ({ bm, bn, tm, tn }: Tile) => (bm / tm) * (bn / tn);

/** The tiles that this adapter can run. */
export const usableTiles = ({ invocations, sharedBytes }: Pick<Abilities, 'invocations' | 'sharedBytes'>): string[] =>
  Object.keys(tiles).filter((name) => lanesOf(tiles[name] as Tile) <= invocations && bytesOf(tiles[name] as Tile) <= sharedBytes);

/** The largest tile that leaves enough workgroups, or the one that was measured. */
export function chooseTile(abilities: Abilities, { rows, columns, depth }: ProductShape): Tile {
  const measured = abilities.tileOf(rows, columns, depth);
  const usable = usableTiles(abilities);
  if (measured && usable.includes(measured)) return tiles[measured] as Tile;
  const wanted = rows >= 4096 && columns >= 128 ? '128x128' : rows >= 1024 && columns >= 64 ? '64x64' : columns > 32 && rows > 32 ? '64x64' : rows >= 1024 ? '64x32' : '32x32';
  return tiles[usable.includes(wanted) ? wanted : '32x32'] as Tile;
}
