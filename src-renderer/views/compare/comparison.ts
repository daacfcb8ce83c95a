// A comparison in the page's address, the figure's looks, and the command line that makes the same.
import { bands, comparisonSchema, figureSchema, type Comparison, type Figure, type FigureInput } from '#contract';

type Query = Record<string, string>;
const numberOr = <T>(text: string | undefined, other: T): number | T => (text === undefined || text === '' || !Number.isFinite(Number(text)) ? other : Number(text));
const oneOf = <T extends string>(text: string | undefined, values: readonly T[], other: T): T => (values.includes(text as T) ? (text as T) : other);

/** Reads the comparison that an address names; what cannot be read has its default. */
export function comparisonOf(query: Query, runs: string[], metric: string): Comparison {
  return {
    runs, metric, by: query.by ?? '', kind: oneOf(query.kind, ['curves', 'bars', 'parallel'], 'curves'), x: oneOf(query.x, ['step', 'seconds'], 'step'), band: oneOf(query.band, bands, 'deviation'),
    smoothing: Math.min(0.999, Math.max(0, numberOr(query.smooth, 0))), log: query.log === '1', baseline: query.baseline || null, target: numberOr(query.target, null), hidden: (query.hide ?? '').split('|').filter((name) => name !== ''),
  };
}

/** The address of a comparison; `comparisonOf` reads it back. */
export function queryOf(comparison: Comparison, name: string): Query {
  const { runs, by, kind, metric, x, band, smoothing, log, baseline, target, hidden } = comparison;
  return { runs: runs.join(','), name, by, kind: kind === 'curves' ? '' : kind, metric, x: x === 'step' ? '' : x, band: band === 'deviation' ? '' : band, smooth: smoothing === 0 ? '' : String(smoothing), log: log ? '1' : '', baseline: baseline ?? '', target: target === null ? '' : String(target), hide: hidden.join('|') };
}

/** Sizes that papers and slides ask for, in mm. */
export const paperSizes = [
  { name: 'Single column', width: 84, height: 58, fontSize: 8 }, { name: 'Full width', width: 174, height: 80, fontSize: 9 },
  { name: 'NeurIPS', width: 140, height: 78, fontSize: 9 }, { name: 'Slide', width: 240, height: 135, fontSize: 14 },
] as const;

const quote = (text: string): string => (/^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The command that writes the same figure; of a saved comparison by its name. */
export function compareCommand({ comparison, figure, saved }: { comparison: Comparison; figure: Figure; saved: string | null }, file: string): string {
  const plainLooks: Figure = figureSchema.parse({} satisfies FigureInput);
  const plain = comparisonSchema.parse({ runs: comparison.runs });
  const flag = (name: string, value: unknown, usual: unknown): string[] => (value === usual || value === null ? [] : [`--${name}`, quote(String(value))]);
  const looks = [...flag('width', figure.width, plainLooks.width), ...flag('height', figure.height, plainLooks.height), ...flag('font-size', figure.fontSize, plainLooks.fontSize), ...flag('legend', figure.legend, plainLooks.legend), ...flag('title', figure.title, ''), ...flag('x-label', figure.xLabel, null), ...flag('y-label', figure.yLabel, null)];
  const what = saved !== null ? ['--saved', quote(saved)] : [
    ...comparison.runs.map((id) => id), ...flag('by', comparison.by, plain.by), ...flag('metric', comparison.metric, plain.metric), ...flag('kind', comparison.kind, plain.kind), ...flag('x', comparison.x, plain.x), ...flag('band', comparison.band, plain.band), ...flag('smoothing', comparison.smoothing, 0),
    ...(comparison.log ? ['--log'] : []), ...flag('baseline', comparison.baseline, null), ...flag('target', comparison.target, null), ...comparison.hidden.flatMap((name) => ['--hide', quote(name)]),
  ];
  return ['vsgd-lab', 'compare', ...what, ...looks, '--out', file].join(' ');
}
