// A curve in the terminal, in braille: two by four points a character, every column's smallest and largest value drawn.
import { short } from './output.ts';

const dots = [[1, 8], [2, 16], [4, 32], [64, 128]] as const;

/** Lines of text, `width` by `height` characters, with the axes' ends labelled. Empty without a finite value. */
export function plotCurve({ steps, values }: { steps: ArrayLike<number>; values: ArrayLike<number> }, { width = 64, height = 10 } = {}): string[] {
  const points = Array.from(steps, (step, index) => [step, values[index] as number] as const).filter(([, value]) => Number.isFinite(value));
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return [];
  const low = points.reduce((least, [, value]) => Math.min(least, value), Infinity);
  const high = points.reduce((most, [, value]) => Math.max(most, value), -Infinity);
  const cells = Array.from({ length: height }, () => new Array<number>(width).fill(0));
  const columns = new Map<number, [number, number]>();
  for (const [step, value] of points) {
    const column = Math.round(((step - first[0]) / Math.max(1, last[0] - first[0])) * (width * 2 - 1));
    const row = Math.round(((high - value) / (high - low || 1)) * (height * 4 - 1));
    const [top, bottom] = columns.get(column) ?? [row, row];
    columns.set(column, [Math.min(top, row), Math.max(bottom, row)]);
  }
  for (const [column, [top, bottom]] of columns) {
    for (let row = top; row <= bottom; row += 1) {
      const line = cells[row >> 2] as number[];
      line[column >> 1] = (line[column >> 1] as number) | (dots[row & 3] as readonly [number, number])[column & 1 ? 1 : 0];
    }
  }
  const labels = cells.map((_, row) => (row === 0 ? short(high) : row === height - 1 ? short(low) : ''));
  const margin = Math.max(...labels.map(({ length }) => length));
  const lines = cells.map((line, row) => `${(labels[row] as string).padStart(margin)} │${line.map((bits) => String.fromCharCode(0x2800 + bits)).join('')}`);
  const [start, end] = [String(first[0]), String(last[0])];
  return [...lines, `${' '.repeat(margin)} └${'─'.repeat(width)}`, `${' '.repeat(margin + 2)}${start}${end.padStart(width - start.length)}`];
}
