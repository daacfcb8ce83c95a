// Copies that bring images and weights into the order in which the matrix kernels read them.
import { get, put, smaller } from './lanes';

/**
 * Pictures into a frame of zeros: y [n, outHeight, outWidth, outChannels] holds x [n, height, width, channels] at (top, left).
 * One chunk is some lines of y. `from` and `pitch` select a range of x's channels.
 */
export function padImages(chunk: i32, size: i32, lines: i32, height: i32, width: i32, channels: i32, outHeight: i32, outWidth: i32, outChannels: i32, top: i32, left: i32, x: usize, y: usize): void {
  let bytes = <usize>(outWidth * outChannels) << 2;
  for (let line = chunk * size, end = smaller(lines, line + size); line < end; line++) {
    let n = line / outHeight, h = (line % outHeight) - top;
    let to = y + <usize>line * bytes;
    if (h < 0 || h >= height) { memory.fill(to, 0, bytes); continue; }
    let from = x + (<usize>((n * height + h) * width * channels) << 2);
    if (channels == outChannels) {
      let before = <usize>(left * channels) << 2, inside = <usize>(width * channels) << 2;
      memory.fill(to, 0, before);
      memory.copy(to + before, from, inside);
      memory.fill(to + before + inside, 0, bytes - before - inside);
      continue;
    }
    memory.fill(to, 0, bytes);
    for (let w = 0; w < width; w++) for (let c = 0; c < channels; c++) put(to, (w + left) * outChannels + c, get(from, w * channels + c));
  }
}

/** Runs of `from` columns to runs of `to`: cut, or filled up with zeros. A row is one or more runs. */
export function fitColumns(chunk: i32, size: i32, runs: i32, from: i32, to: i32, x: usize, y: usize): void {
  let kept = smaller(from, to);
  for (let r = chunk * size, end = smaller(runs, r + size); r < end; r++) {
    for (let c = 0; c < kept; c++) put(y, r * to + c, get(x, r * from + c));
    for (let c = kept; c < to; c++) put(y, r * to + c, 0);
  }
}

/**
 * Weights into panels [columns / 8][taps][depth][8], zeros beyond the edges. Element (tap, k, j) lies at
 * w[tapIndex[tap] · tapStride + k · depthStride + j · columnStride] (strides in elements). One chunk is one panel of a group; every
 * group has `panelCount` panels and starts `groupStride` elements after the one before.
 */
export function packPanels(chunk: i32, panelCount: i32, groupStride: i32, taps: i32, tapIndex: usize, tapStride: i32, depth: i32, realDepth: i32, realColumns: i32, depthStride: i32, columnStride: i32, w: usize, panels: usize): void {
  let j0 = (chunk % panelCount) * 8, start = w + (<usize>((chunk / panelCount) * groupStride) << 2);
  let to = panels + (<usize>(chunk * taps * depth) << 5);
  let whole = columnStride == 1 && j0 + 8 <= realColumns, turned = depthStride == 1 && j0 + 8 <= realColumns;
  for (let tap = 0; tap < taps; tap++) {
    let base = start + (<usize>(load<i32>(tapIndex + (<usize>tap << 2)) * tapStride) << 2);
    let k = 0;
    if (turned) for (let pitch = <usize>columnStride << 2; k + 4 <= realDepth; k += 4, to += 128) {
      let from = base + (<usize>k << 2) + <usize>j0 * pitch;
      transpose(from, pitch, to);
      transpose(from + 4 * pitch, pitch, to + 16);
    }
    for (; k < depth; k++, to += 32) {
      if (k >= realDepth) { memory.fill(to, 0, 32); continue; }
      let from = base + (<usize>(k * depthStride + j0 * columnStride) << 2);
      if (whole) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } else {
        for (let j = 0; j < 8; j++) put(to, j, j0 + j < realColumns ? get(from, j * columnStride) : 0);
      }
    }
  }
}

/** Four rows of four, `pitch` bytes apart, as the left halves of four rows of eight. */
// @ts-ignore: decorator
@inline function transpose(from: usize, pitch: usize, to: usize): void {
  let a = v128.load(from), b = v128.load(from + pitch), c = v128.load(from + 2 * pitch), d = v128.load(from + 3 * pitch);
  let ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(to, v128.shuffle<i64>(ab, cd, 1, 3), 32);
  ab = v128.shuffle<i32>(a, b, 2, 6, 3, 7); cd = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2), 64);
  v128.store(to, v128.shuffle<i64>(ab, cd, 1, 3), 96);
}

/** Rows [rows, columns] into blocks [rows / block][columns / 8][block][8], zeros beyond the edges. One chunk is one block of rows. */
export function packRows(chunk: i32, block: i32, rows: i32, columns: i32, x: usize, y: usize): void {
  let panels = (columns + 7) / 8;
  let r0 = chunk * block, count = smaller(block, rows - r0);
  let base = y + (<usize>(chunk * block * panels) << 5);
  for (let r = 0; r < block; r++) {
    let from = x + (<usize>((r0 + r) * columns) << 2);
    for (let panel = 0; panel < panels; panel++) {
      let to = base + (<usize>(panel * block + r) << 5);
      if (r >= count) { memory.fill(to, 0, 32); continue; }
      if (panel * 8 + 8 <= columns) {
        v128.store(to, v128.load(from + (<usize>panel << 5)));
        v128.store(to, v128.load(from + (<usize>panel << 5), 16), 16);
      } else {
        for (let j = 0; j < 8; j++) put(to, j, panel * 8 + j < columns ? get(from, panel * 8 + j) : 0);
      }
    }
  }
}

/** A depthwise filter [taps, channels] turned by 180°. */
export function turnFilter(chunk: i32, taps: i32, channels: i32, w: usize, y: usize): void {
  let line = <usize>channels << 2;
  for (let tap = 0; tap < taps; tap++) memory.copy(y + <usize>tap * line, w + <usize>(taps - 1 - tap) * line, line);
}
