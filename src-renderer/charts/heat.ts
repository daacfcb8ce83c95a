// What a heat map of histograms over steps draws: columns at least a pixel wide, shades by share, the part of the scale that is used.

/** Counts between edges that rise, at one step. */
export type Histogram = { step: number; edges: number[]; counts: number[] };
/** A column from `left` to `right` (pixels); `shares` of its elements by bin. */
export type HeatColumn = { left: number; right: number; shares: number[] };

/** A smaller share is not drawn. */
export const leastShare = 0.001;
export const shadeCount = 6;

/** Columns for the steps `from` to `to` on `width` pixels; a histogram stands for the steps since the one before it. */
export function heatColumns(histograms: Histogram[], { from, to, width }: { from: number; to: number; width: number }): HeatColumn[] {
  const place = (step: number) => Math.min(width, Math.max(0, ((step - from) / (to - from || 1)) * width));
  const columns: HeatColumn[] = [];
  let [sums, left]: [number[] | null, number] = [null, 0];
  histograms.forEach(({ step, counts }, index) => {
    const before = index > 0 ? histograms[index - 1]!.step : Math.max(0, step - ((histograms[1]?.step ?? step + 1) - step));
    if (step <= from || before >= to) return;
    if (sums === null) [sums, left] = [counts.map(() => 0), place(before)];
    for (let bin = 0; bin < counts.length; bin += 1) sums[bin] = (sums[bin] ?? 0) + (counts[bin] as number);
    const right = place(step);
    if (right - left < 1 - 1e-6 && index < histograms.length - 1) return;
    const total = sums.reduce((sum, count) => sum + count, 0);
    if (total > 0) columns.push({ left, right: Math.max(right, left + 1), shares: sums.map((count) => count / total) });
    sums = null;
  });
  return columns;
}

/** The largest share of a bin that is drawn. */
export const largestShare = (columns: HeatColumn[]): number => columns.reduce((most, { shares }) => shares.reduce((a, b) => Math.max(a, b), most), 2 * leastShare);

/** Shade 0 (faintest) to `shadeCount` - 1 by the logarithm of a share; null for one too small to draw. */
export function shadeOf(share: number, most: number): number | null {
  if (share < leastShare) return null;
  return Math.min(shadeCount - 1, Math.floor((shadeCount * Math.log(share / leastShare)) / Math.log(most / leastShare)));
}

/** The range of values that has all bins worth drawing, in steps of a tenth; and the largest share outside it. */
export function usedRange(columns: HeatColumn[], edges: number[]): { low: number; high: number; outside: number } {
  let [first, last] = [edges.length, -1];
  for (const { shares } of columns) {
    shares.forEach((share, bin) => {
      if (share < leastShare) return;
      first = Math.min(first, bin);
      last = Math.max(last, bin);
    });
  }
  if (last < 0) return { low: 0, high: 1, outside: 0 };
  const high = Math.min(1, Math.ceil(10 * (edges[last + 1] as number) - 1e-9) / 10);
  const low = Math.max(0, Math.min(Math.floor(10 * (edges[first] as number) + 1e-9) / 10, high - 0.2));
  const hidden = (shares: number[]) => shares.reduce((sum, share, bin) => sum + ((edges[bin + 1] as number) <= low || (edges[bin] as number) >= high ? share : 0), 0);
  return { low, high, outside: columns.reduce((most, { shares }) => Math.max(most, hidden(shares)), 0) };
}

/** Values of an axis between two tenths: every tenth, or every fifth where there are many. */
export function tenths(low: number, high: number): number[] {
  const [from, to] = [Math.round(10 * low), Math.round(10 * high)];
  const by = to - from > 6 ? 2 : 1;
  return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, index) => (to - index * by) / 10).reverse();
}

/** About five round steps from `from` to `to`. */
export function roundSteps(from: number, to: number): number[] {
  const rough = Math.max(1, (to - from) / 5);
  const power = 10 ** Math.floor(Math.log10(rough));
  const by = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough * (1 - 1e-9)) as number;
  const first = Math.ceil(from / by);
  return Array.from({ length: Math.max(0, Math.floor(to / by) - first + 1) }, (_, index) => (first + index) * by);
}
