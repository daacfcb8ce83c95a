// Indirect matrix products over packed weights: convolutions forward, their input gradients, linear layers; and products over rows for filter gradients.
import { smaller, zeros } from './lanes';
import { tileForward, tileOuter, tileRows } from './generated';

let scratch: usize = 0;
/** Scratch memory of this thread, for `block` rows of all tiles of `outer`. */
export function setScratch(p: usize): void { scratch = p; }

/**
 * y[outOffsets[m] + j] = bias[j] + Σ over taps and depth of x[rowOffsets[m] + tapOffsets[tap] + k] · panels. Offsets in bytes; depth a multiple of 4.
 * A chunk is `size` rows of one group and of one of `columnParts` ranges of its panels; the groups of the same rows follow each other.
 * From one group to the next x is `step`, y `outStep` and the bias `biasStep` elements further.
 */
export function matrix(chunk: i32, size: i32, rows: i32, groups: i32, columnParts: i32, panelCount: i32, taps: i32, depth: i32, x: usize, step: i32, rowOffsets: usize, tapOffsets: usize, panels: usize, y: usize, outStep: i32, outOffsets: usize, bias: usize, biasStep: i32): void {
  let part = chunk % columnParts, group = (chunk / columnParts) % groups, r0 = (chunk / (columnParts * groups)) * size, r1 = smaller(rows, r0 + size);
  let each = (panelCount + columnParts - 1) / columnParts;
  let panelBytes = <usize>(taps * depth) << 5;
  let first = panels + <usize>(group * panelCount) * panelBytes;
  let source = x + (<usize>(group * step) << 2), target = y + (<usize>(group * outStep) << 2), shift = bias + (<usize>(group * biasStep) << 2);
  for (let j = part * each, end = smaller(panelCount, j + each); j < end; j++) {
    for (let r = r0; r < r1; r += tileRows) {
      let at = <usize>r << 2;
      tileForward(smaller(tileRows, r1 - r), source, rowOffsets + at, taps, tapOffsets, depth, first + <usize>j * panelBytes, target + (<usize>j << 5), outOffsets + at, bias ? shift + (<usize>j << 5) : zeros);
    }
  }
}

/**
 * dF[tap][c][o] = Σ_m x[rowOffsets[m] + tapOffsets[tap] + c] · dy[m][o], dy packed by packRows in blocks of `block` rows with groups · `panels` panels each.
 * A chunk is one group, one of `tapParts` parts of the taps, one of `ranges` ranges of `tiles` · tileRows channels, and one of `parts` parts of the
 * panels: x is packed into the scratch memory once per block of rows and tap and serves all panels of the part. Rows of dF have `pitch` elements.
 * From one group to the next x is `step` elements further. With `rowParts` above one a chunk takes only one such part of the blocks, and dF is that many results behind each other.
 */
export function outer(chunk: i32, rows: i32, block: i32, rowParts: i32, groups: i32, taps: i32, tapParts: i32, ranges: i32, tiles: i32, parts: i32, channels: i32, x: usize, step: i32, rowOffsets: usize, tapOffsets: usize, packed: usize, panels: i32, filter: usize, pitch: i32): void {
  let part = chunk % parts, range = (chunk / parts) % ranges, tapPart = (chunk / (parts * ranges)) % tapParts, group = (chunk / (parts * ranges * tapParts)) % groups, rowPart = chunk / (parts * ranges * tapParts * groups);
  let c0 = range * tiles * tileRows;
  let used = smaller(tiles, (channels - c0 + tileRows - 1) / tileRows);
  let each = (panels + parts - 1) / parts, j0 = part * each, j1 = smaller(panels, j0 + each);
  let eachTap = (taps + tapParts - 1) / tapParts, tap0 = tapPart * eachTap, tap1 = smaller(taps, tap0 + eachTap);
  let from = x + (<usize>(group * step + c0) << 2);
  let blocks = ((rows + block - 1) / block + rowParts - 1) / rowParts, firstBlock = rowPart * blocks;
  let result = filter + (<usize>(rowPart * taps * channels * pitch) << 2);
  for (let index = firstBlock, start = firstBlock * block; start < rows && index < firstBlock + blocks; start += block, index++) {
    let count = smaller(block, rows - start);
    let base = packed + (<usize>((index * groups + group) * panels * block) << 5);
    for (let tap = tap0; tap < tap1; tap++) {
      packColumns(from + <usize>load<i32>(tapOffsets + (<usize>tap << 2)), rowOffsets + (<usize>start << 2), count, used, block);
      let to = result + (<usize>((tap * channels + c0) * pitch + group * panels * 8) << 2);
      for (let j = j0; j < j1; j++) for (let t = 0; t < used; t++) {
        let line = t * tileRows;
        tileOuter(smaller(tileRows, channels - c0 - line), (count + 1) & ~1, scratch + <usize>t * columnBytes(block), base + (<usize>(j * block) << 5), to + (<usize>(line * pitch) << 2) + (<usize>j << 5), <usize>pitch << 2, index > firstBlock);
      }
    }
  }
}

/** Bytes of one tile's columns in the scratch memory; an odd row count is filled up with zeros, as the tile takes two rows at a time. */
// @ts-ignore: decorator
@inline function columnBytes(block: i32): usize { return <usize>(block + 2) * (tileRows * 4); }

/** Rows of x at their offsets into columns of `tileRows` channels, in the scratch memory. */
function packColumns(x: usize, rowOffsets: usize, count: i32, tiles: i32, block: i32): void {
  for (let k = 0; k < count; k++) {
    let from = x + <usize>load<i32>(rowOffsets + (<usize>k << 2));
    let p = scratch + <usize>k * (tileRows * 4);
    for (let t = 0; t < tiles; t++, from += tileRows * 4, p += columnBytes(block)) {
      v128.store(p, v128.load(from));
      store<u64>(p + 16, load<u64>(from + 16));
    }
  }
  if (count & 1) for (let t = 0; t < tiles; t++) memory.fill(scratch + <usize>t * columnBytes(block) + <usize>count * (tileRows * 4), 0, tileRows * 4);
}
