// Indirect matrix products over packed weights: convolutions forward, their input gradients, linear layers; and products over rows for filter gradients.
import { smaller } from './lanes';
import { tileForward, tileOuter, tileRows } from './generated';

let scratch: usize = 0;
const zeros = memory.data(32, 16);
/** Scratch memory of this thread, at least `block` · 24 bytes. */
export function setScratch(p: usize): void { scratch = p; }

/**
 * y[outOffsets[m] + j] = bias[j] + Σ over taps and depth of x[rowOffsets[m] + tapOffsets[tap] + k] · panels. Offsets in bytes; depth a multiple of 4.
 * A chunk is `size` rows of one of `columnParts` ranges of panels.
 */
export function matrix(chunk: i32, size: i32, rows: i32, columnParts: i32, panelCount: i32, taps: i32, depth: i32, x: usize, rowOffsets: usize, tapOffsets: usize, panels: usize, y: usize, outOffsets: usize, bias: usize): void {
  let part = chunk % columnParts, r0 = (chunk / columnParts) * size, r1 = smaller(rows, r0 + size);
  let each = (panelCount + columnParts - 1) / columnParts;
  let panelBytes = <usize>(taps * depth) << 5;
  for (let j = part * each, end = smaller(panelCount, j + each); j < end; j++) {
    let weights = panels + <usize>j * panelBytes;
    for (let r = r0; r < r1; r += tileRows) {
      let at = <usize>r << 2;
      tileForward(smaller(tileRows, r1 - r), x, rowOffsets + at, taps, tapOffsets, depth, weights, y + (<usize>j << 5), outOffsets + at, bias ? bias + (<usize>j << 5) : zeros);
    }
  }
}

/**
 * dF[tap][c][o] = Σ_m x[rowOffsets[m] + tapOffsets[tap] + c] · dy[m][o], dy packed by packRows in blocks of `block` rows with `panelCount` panels each.
 * A chunk is one tap and `tileRows` channels; panels [firstPanel, firstPanel + panels) are written to dF rows of `pitch` elements.
 */
export function outer(chunk: i32, rows: i32, block: i32, groupsOfChannels: i32, channels: i32, x: usize, rowOffsets: usize, tapOffsets: usize, packed: usize, panelCount: i32, firstPanel: i32, panels: i32, filter: usize, pitch: i32): void {
  let tap = chunk / groupsOfChannels, c0 = (chunk % groupsOfChannels) * tileRows;
  let delta = x + <usize>load<i32>(tapOffsets + (<usize>tap << 2)) + (<usize>c0 << 2);
  let to = filter + (<usize>((tap * channels + c0) * pitch) << 2);
  let wide = smaller(tileRows, channels - c0);
  for (let start = 0, index = 0; start < rows; start += block, index++) {
    let count = smaller(block, rows - start);
    for (let k = 0; k < count; k++) {
      let from = delta + <usize>load<i32>(rowOffsets + (<usize>(start + k) << 2));
      let p = scratch + <usize>k * (tileRows * 4);
      v128.store(p, v128.load(from));
      store<u64>(p + 16, load<u64>(from + 16));
    }
    // An odd row count is filled up with zeros: the tile takes two rows at a time.
    if (count & 1) memory.fill(scratch + <usize>count * (tileRows * 4), 0, tileRows * 4);
    let base = packed + (<usize>(index * block * panelCount) << 5);
    for (let j = 0; j < panels; j++) {
      tileOuter(wide, (count + 1) & ~1, scratch, base + (<usize>((firstPanel + j) * block) << 5), to + (<usize>j << 5), <usize>pitch << 2, index > 0);
    }
  }
}
