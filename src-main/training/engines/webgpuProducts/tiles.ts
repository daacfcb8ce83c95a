// The tiles that a product can be cut into, and which one a shape gets where nothing was measured.
import type { Abilities } from '../webgpu/sink.ts';
import type { Product, Tile } from './product.ts';

const named = (list: Tile[]): Record<string, Tile> => Object.fromEntries(list.map((tile) => [nameOf(tile), tile]));

/** A tile by its measures, as profiles and kept measurements call it. */
export function nameOf({ bm, bn, bk, tm, tn, ahead, units }: Tile): string {
  return `${bm}x${bn}x${bk}/${tm}x${tn}${ahead ? ' ahead' : ''}${units ? ' units' : ''}`;
}

/** What fits everywhere. */
export const smallest: Tile = { bm: 32, bn: 32, bk: 16, tm: 4, tn: 4 };
const plainArithmetic: Tile[] = [
  smallest,
  { bm: 64, bn: 32, bk: 16, tm: 4, tn: 4 },
  { bm: 64, bn: 64, bk: 16, tm: 8, tn: 4 },
  { bm: 128, bn: 64, bk: 16, tm: 8, tn: 4, ahead: true },
  { bm: 128, bn: 128, bk: 16, tm: 8, tn: 8, ahead: true },
];
const matrixUnits: Tile[] = [
  { bm: 64, bn: 64, bk: 32, tm: 32, tn: 32, units: true },
  { bm: 128, bn: 64, bk: 32, tm: 32, tn: 32, ahead: true, units: true },
  { bm: 128, bn: 128, bk: 32, tm: 64, tn: 32, units: true },
];

/** Every tile by its name. */
export const tiles: Record<string, Tile> = named([...plainArithmetic, ...matrixUnits]);

/** Bytes of a workgroup's memory and its lanes. */
function needsOf({ bm, bn, bk, tm, tn, units }: Tile, { half, matrices }: Pick<Abilities, 'half' | 'matrices'>): { bytes: number; lanes: number } {
  const rectangles = (bm / tm) * (bn / tn);
  if (units && matrices) return { bytes: 2 * bk * (bm + bn + 16) + 4 * rectangles * matrices.m * matrices.n, lanes: rectangles * matrices.lanes };
  return { bytes: (half === 'float16' ? 2 : 4) * bk * (bm + bn + 8), lanes: rectangles };
}

function isUsable(tile: Tile, abilities: Pick<Abilities, 'invocations' | 'sharedBytes' | 'half' | 'matrices'>): boolean {
  const { matrices } = abilities;
  if (tile.units && !(matrices && tile.tm % matrices.m === 0 && tile.tn % matrices.n === 0 && tile.bk % matrices.k === 0)) return false;
  const { bytes, lanes } = needsOf(tile, abilities);
  return lanes <= abilities.invocations && bytes <= abilities.sharedBytes;
}

/** Names of the tiles that this adapter can run. */
export const usableTiles = (abilities: Pick<Abilities, 'invocations' | 'sharedBytes' | 'half' | 'matrices'>): string[] =>
  Object.keys(tiles).filter((name) => isUsable(tiles[name] as Tile, abilities));

/**
 * Names of the tiles worth measuring for a product: none that is mostly empty, and none of plain arithmetic where matrix units can do
 * it. A driver takes up to a quarter of a second for each.
 */
export function candidates(abilities: Abilities, { rows, columns }: Pick<Product, 'rows' | 'columns'>): string[] {
  const full = usableTiles(abilities).filter((name) => tiles[name] === smallest || ((tiles[name] as Tile).bm < 2 * rows && (tiles[name] as Tile).bn < 2 * columns));
  const byUnits = full.filter((name) => (tiles[name] as Tile).units);
  return byUnits.length > 0 ? byUnits : full;
}

/** The tile that was measured for a product, or the largest of plain arithmetic that leaves enough workgroups. */
export function chooseTile(abilities: Abilities, product: Product): Tile {
  const measured = abilities.tileOf(product);
  const usable = usableTiles(abilities);
  if (measured && usable.includes(measured)) return tiles[measured] as Tile;
  const { rows, columns } = product;
  const [bm, bn] = columns > 32 && rows > 32 ? [64, 64] : rows >= 1024 ? [64, 32] : [32, 32];
  const fitting = (list: Tile[]) => list.find((tile) => tile.bm === bm && tile.bn === bn && usable.includes(nameOf(tile)));
  return fitting(matrixUnits) ?? fitting(plainArithmetic) ?? smallest;
}
