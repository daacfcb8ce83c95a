// Histograms over time as columns of a picture.
export type Histogram = { step: number; edges: number[]; counts: number[] };
/** What one column shows: shares of the elements by bin, from one step to another. */
export type HistogramColumn = { from: number; to: number; edges: number[]; shares: number[] };

const total = (counts: number[]): number => counts.reduce((sum, n) => sum + n, 0);

/** Columns from step to step; where there are more than pixels, the mean of those that share one. */
export function columnsOf(histograms: Histogram[], pixels: number): HistogramColumn[] {
  const together = Math.max(1, Math.ceil(histograms.length / Math.max(1, pixels)));
  const columns: HistogramColumn[] = [];
  for (let at = 0; at < histograms.length; at += together) {
    const part = histograms.slice(at, at + together);
    const shares = (part[0] as Histogram).counts.map((_, bin) => part.reduce((sum, { counts }) => sum + (counts[bin] ?? 0) / Math.max(1, total(counts)), 0) / part.length);
    columns.push({ from: histograms[at - 1]?.step ?? 0, to: (part.at(-1) as Histogram).step, edges: (part[0] as Histogram).edges, shares });
  }
  return columns;
}

/** The lowest bin worth showing: what lies below it is never more than `hidden` of the elements. `share`: the most that is left out. */
export function lowestBin(histograms: Histogram[], hidden = 0.02): { bin: number; edge: number; share: number } {
  const [first] = histograms;
  if (!first) return { bin: 0, edge: 0, share: 0 };
  const below = (counts: number[], bin: number): number => total(counts.slice(0, bin)) / Math.max(1, total(counts));
  let bin = 0;
  while (bin < first.counts.length - 4 && histograms.every(({ counts }) => below(counts, bin + 1) <= hidden)) bin += 1;
  return { bin, edge: first.edges[bin] ?? 0, share: Math.max(...histograms.map(({ counts }) => below(counts, bin))) };
}

/** The histogram that stands at a step. */
export function columnAt(histograms: Histogram[], step: number): { histogram: Histogram; index: number } | null {
  const index = histograms.findIndex((one) => one.step >= step);
  return index < 0 ? null : { histogram: histograms[index] as Histogram, index };
}
