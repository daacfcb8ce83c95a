// Figures on paper: true sizes, text within the paper, every extreme drawn, the same bytes twice.
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { figureSchema, type FigureInput } from '#contract';
import { createScene, toPdf, toPgfplots, toPng, toSvg, unshownIn, type FigureData, type Scene } from '#figures';
import { outlinesOf, piecesOf, textWidth } from '../../src-main/figures/fonts.ts';

const steps = Float64Array.from({ length: 20_000 }, (_, index) => index + 1);
const curve = (name: string, valueOf: (step: number) => number, banded = true) => {
  const ys = steps.map(valueOf);
  return { name, color: '#D55E00', runs: 3, xs: steps, ys, low: ys.map((y) => y - 0.01), high: ys.map((y) => y + 0.01), banded };
};
const curves: FigureData = { kind: 'curves', xLabel: 'Step', yLabel: 'Test accuracy (%)', percent: true, log: false, curves: [curve('VSGD', (step) => (step === 777 ? 0.99 : 0.5 + 0.1 * Math.sin(step / 500))), curve('a <b> & "c"', () => 0.4)] };
const bars: FigureData = { kind: 'bars', yLabel: 'Test accuracy (%)', percent: true, banded: true, bars: [{ name: 'VSGD', color: '#D55E00', count: 3, mean: 0.7, low: 0.69, high: 0.71 }, { name: 'a very long name of a group of runs', color: '#009E73', count: 1, mean: 0.6, low: 0.6, high: 0.6 }] };
const parallel: FigureData = {
  kind: 'parallel', lines: [{ name: 'a', group: 'VSGD', color: '#D55E00' }, { name: 'b', group: 'SGD', color: '#009E73' }],
  axes: [{ label: 'optimizer', categories: ['SGD', 'VSGD'], values: [1, 0] }, { label: 'lr', values: [0.001, 0.1], log: true, percent: false }, { label: 'Test accuracy (%)', values: [0.7, 0.6], log: false, percent: true }],
};
const all = { curves, bars, parallel };
const draw = (data: FigureData, figure: FigureInput = {}): Scene => createScene(data, figureSchema.parse(figure));
const texts = ({ marks }: Scene) => marks.filter((mark) => mark.kind === 'text');

describe.each(Object.entries(all))('%s', (_name, data) => {
  test.each([{ width: 85, height: 58 }, { width: 178, height: 80, fontSize: 9, legend: 'inside', title: 'A title' }, { width: 60, height: 45, fontSize: 7, legend: 'none' }] as const)('fits its paper: %o', (figure) => {
    const scene = draw(data, figure);
    expect([scene.width, scene.height].map((points) => (points / 72) * 25.4)).toEqual([expect.closeTo(figure.width, 6), expect.closeTo(figure.height, 6)]);
    for (const { x, y, text, size, anchor, upward } of texts(scene)) {
      if (upward) continue;
      const wide = textWidth(text, size);
      const left = x - (anchor === 'middle' ? wide / 2 : anchor === 'end' ? wide : 0);
      expect([text, left > -0.5, left + wide < scene.width + 0.5, y < scene.height && y > size * 0.7]).toEqual([text, true, true, true]);
    }
  });
  test('gives the same bytes twice, as SVG, PDF and PNG', async () => {
    const [one, two] = [draw(data), draw(data)];
    expect(toSvg(one)).toBe(toSvg(two));
    expect((await toPdf(one)).equals(await toPdf(two))).toBe(true);
    expect((await toPng(one)).equals(await toPng(two))).toBe(true);
  });
});

describe('what has no room', () => {
  const many = (count: number): FigureData => ({ ...curves, curves: Array.from({ length: count }, (_, at) => ({ ...curve(`Größe of a long sweep (vsgd, lr 0.0001, seed ${at})`, () => at / count, false), xs: steps.slice(0, 9), ys: steps.slice(0, 9).map(() => at / count) })) }) as FigureData;
  const box = (scene: Scene) => texts(scene).map(({ x, y, text, size, anchor, upward }) => {
    const wide = textWidth(text, size);
    const start = (upward ? -y : x) - (anchor === 'middle' ? wide / 2 : anchor === 'end' ? wide : 0);
    return upward ? { text, from: -start - wide, to: -start, limit: scene.height, across: x } : { text, from: start, to: start + wide, limit: scene.width, across: y };
  });
  test.each([['top', 40], ['inside', 40], ['top', 4]] as const)('a legend %s of %i names leaves the data its place, and says how many it leaves out', (legend, count) => {
    const scene = draw(many(count), { legend });
    const heights = scene.marks.flatMap((mark) => (mark.kind === 'path' && mark.stroke === '#D55E00' && mark.points.length > 6 ? [mark.points[1] as number] : []));
    expect(heights).toHaveLength(count);
    expect(heights[0]! - heights.at(-1)!).toBeGreaterThan(0.25 * scene.height); // and the right way up
    if (count > 4) expect(texts(scene).map(({ text }) => text)).toContainEqual(expect.stringMatching(/^\+ \d+ more$/));
    for (const { text, from, to, limit } of box(scene)) expect([text, from > -0.5, to < limit + 0.5]).toEqual([text, true, true]);
  });
  test('a title goes over lines; labels of axes lose their middle', () => {
    const long = 'words that are far longer than a single column of a paper is wide, and so on';
    const scene = draw(curves, { title: long, xLabel: `x ${long}`, yLabel: `y ${long}` });
    expect(texts(scene).filter(({ size }) => size > 8.5).map(({ text }) => text).join(' ')).toBe(long);
    for (const { text, from, to, limit } of box(scene)) expect([text, from > -0.5, to < limit + 0.5]).toEqual([text, true, true]);
    expect(draw(curves, { width: 30, height: 20, fontSize: 24, title: long }).marks.length).toBeGreaterThan(0);
  });
  test('names of narrow bars stand upright, without what all begin with', () => {
    const data: FigureData = { ...bars, bars: Array.from({ length: 12 }, (_, at) => ({ name: `a sweep of rates (lr 0.1, seed ${at})`, color: '#D55E00', count: 1, mean: 0.5, low: 0.5, high: 0.5 })) } as FigureData;
    const names = texts(draw(data)).filter(({ upward, anchor }) => upward && anchor === 'end').map(({ text }) => text);
    expect([new Set(names).size, names[3]]).toEqual([12, expect.stringMatching(/seed 3\)$|^…3\)$/)]);
    for (const { text, from, to, limit } of box(draw(data))) expect([text, from > -0.5, to < limit + 0.5]).toEqual([text, true, true]);
  });
  test('of a run of a sweep, what it has in brackets stays whole', () => {
    const mixed = ['Learning rates of a long afternoon (lr 0.3, seed 1)', 'Learning rates of a long afternoon (lr 0.1, seed 1)', 'a convmixer by itself that was called so'];
    const data: FigureData = { ...bars, bars: [...mixed, ...mixed, ...mixed, ...mixed].map((name) => ({ name, color: '#D55E00', count: 1, mean: 0.5, low: 0.5, high: 0.5 })) } as FigureData;
    const names = texts(draw(data, { width: 174, height: 80 })).filter(({ upward, anchor }) => upward && anchor === 'end').map(({ text }) => text);
    expect(names.slice(0, 3)).toEqual([expect.stringMatching(/^L.*…\(lr 0\.3, seed 1\)$/), expect.stringMatching(/^L.*…\(lr 0\.1, seed 1\)$/), expect.stringMatching(/^a conv.*….*so$/)]);
  });
  test('a number on an axis is whole, or it would be another one', () => {
    const axes = Array.from({ length: 12 }, (_, at) => ({ label: `an axis of number ${at}`, values: [40, 3000], log: true, percent: false }));
    expect(texts(draw({ ...parallel, axes } as FigureData)).filter(({ text }) => /^\d/.test(text) && text.includes('…'))).toEqual([]);
  });
});

test('a curve of 20,000 points is drawn with far fewer, its one spike kept', () => {
  const scene = draw(curves, { width: 85 });
  const points = scene.marks.flatMap((mark) => (mark.kind === 'path' && mark.stroke === '#D55E00' && mark.points.length > 100 ? [mark.points] : []))[0] as number[];
  expect(points.length / 2).toBeLessThan(5000);
  const ys = points.filter((_, index) => index % 2 === 1);
  expect(Math.min(...ys)).toBeLessThan(ys.toSorted((a, b) => a - b)[3] as number - 20); // far above its neighbours
});

test('gaps at values that are not finite, and at those that a logarithm has not', () => {
  const holes: FigureData = { ...curves, log: true, percent: false, curves: [{ ...curve('x', (step) => (step === 100 ? NaN : step === 200 ? -1 : step), false) }] } as FigureData;
  const lines = draw(holes).marks.filter((mark) => mark.kind === 'path' && mark.stroke === '#D55E00' && mark.points.length > 4);
  expect(lines).toHaveLength(3);
});

test('SVG draws its text as outlines, for computers without Inter, and escapes what a name brings', () => {
  const drawn = toSvg(draw(curves));
  expect(drawn).toContain('aria-label="a &lt;b&gt; &amp; &quot;c&quot;"');
  expect(drawn).not.toMatch(/style=|<text|font-family/);
});

test('bars and lines say what they stand for', () => {
  const told = (data: FigureData) => draw(data).marks.flatMap((mark) => (mark.kind === 'path' && mark.told ? [mark.told.split('\n')] : []));
  expect(told(bars)).toEqual([['VSGD', '70.00 %', '69.00 % to 71.00 %', '3 runs'], ['a very long name of a group of runs', '60.00 %']]);
  expect(told(parallel)[0]).toEqual(['a', 'optimizer VSGD', 'lr 0.001', 'Test accuracy (%) 70.00']);
  expect(toSvg(draw(bars))).toContain('class="value" role="img" aria-label="VSGD&#10;70.00 %&#10;');
});

test('a run that has not what an axis shows passes it at its foot, and is drawn on to its result', () => {
  const axes = [{ label: 'ps', values: [1e-7, null], log: false, percent: false, none: true }, { label: 'lr', values: [0.001, 0.1], log: true, percent: false }, { label: 'Test accuracy (%)', values: [0.7, 0.6], log: false, percent: true }];
  const scene = draw({ ...parallel, axes } as FigureData);
  const lines = scene.marks.flatMap((mark) => (mark.kind === 'path' && mark.told ? [mark] : []));
  expect(lines.map(({ points }) => points.length)).toEqual([6, 6]);
  expect(lines[1]!.points[1]).toBeGreaterThan(lines[0]!.points[1]!);
  expect(texts(scene).map(({ text }) => text)).toContain('none');
});

test('PNG has the pixels of its size', async () => {
  const { width, height, density } = await sharp(await toPng(draw(curves, { width: 85, height: 58 }), 300)).metadata();
  expect([width, height, density]).toEqual([1004, 685, 300]);
  expect(outlinesOf('Ab', 10).startsWith('M')).toBe(true);
});

test('text beyond Latin takes a font that has it; what none has becomes a question mark, and is told', () => {
  const plain = { scale: 1, rise: 0 };
  expect(piecesOf('aβ字')).toEqual([{ subset: 'latin', text: 'a', ...plain }, { subset: 'greek', text: 'β', ...plain }, { subset: 'latin', text: '?', ...plain }]);
  expect(unshownIn(draw(curves, { title: 'a字b字 ≼' }))).toBe('字≼');
});

test('small digits are the plain ones, set small and low or high; nothing of the notation is lost', () => {
  const low = { scale: 0.62, rise: -0.14 };
  expect(piecesOf('β₁₂')).toEqual([{ subset: 'greek', text: 'β', scale: 1, rise: 0 }, { subset: 'latin', text: '12', ...low }]);
  expect(piecesOf('10⁻³').map(({ text, rise }) => [text, rise > 0])).toEqual([['10', false], ['−3', true]]);
  expect(unshownIn(draw(curves, { title: 'αβγδεζηθικλμνξοπρςστυφχψω ΓΔΘΛΞΠΣΦΨΩ ₀₁₂₃₄₅₆₇₈₉₊₋ ⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ ± × − – — · … → ° ′' }))).toBe('');
  expect(textWidth('β₁', 10)).toBeCloseTo(textWidth('β', 10) + 0.62 * textWidth('1', 10));
});

test('pgfplots: every group once in the legend, names escaped; parallel coordinates have none', () => {
  const source = toPgfplots({ ...curves, curves: curves.kind === 'curves' ? curves.curves.map((one, index) => ({ ...one, name: index === 0 ? 'a_b' : 'c' })) : [] } as FigureData, figureSchema.parse({})) as string;
  expect(source.match(/\\addlegendentry\{.*\}/g)).toEqual(['\\addlegendentry{a\\_b}', '\\addlegendentry{c}']);
  expect(source.match(/fill between/g)).toHaveLength(2);
  expect(source.split('\\begin{').length).toBe(source.split('\\end{').length);
  expect(toPgfplots(bars, figureSchema.parse({}))).toContain('xticklabels={{VSGD}');
  expect(toPgfplots(parallel, figureSchema.parse({}))).toBeNull();
});

test('pgfplots: no legend where none is wanted, ticks as in the other formats, colors for many curves, names that overlap upright', () => {
  const one = curves.kind === 'curves' ? curves.curves[1]! : null;
  const many = { ...curves, log: true, percent: false, curves: Array.from({ length: 30 }, (_, at) => ({ ...one, name: `a name of some length ${at}`, color: `#D55E${(10 + at).toString()}`, xs: steps.slice(0, 2), ys: Float64Array.of(2, 2.5), banded: false })) } as FigureData;
  const source = (legend: FigureInput['legend']) => toPgfplots(many, figureSchema.parse({ legend })) as string;
  expect(source('none')).not.toMatch(/legend/);
  expect(source('top')).toMatch(/legend columns=1[,\]]/);
  const drawn = texts(draw(many, { legend: 'top' })).filter(({ anchor, upward }) => anchor === 'end' && !upward).map(({ text }) => text);
  expect(drawn.length).toBeGreaterThan(2);
  expect(source('top')).toContain(`ytick={${drawn.map(Number).join(',')}}, yticklabels={${drawn.map((text) => `{${text}}`).join(',')}}`);
  expect(new Set(source('top').match(/definecolor\{[a-z]+\}/g)).size).toBe(30);
  const wide = { ...bars, bars: Array.from({ length: 12 }, () => (bars.kind === 'bars' ? bars.bars[1]! : null)) } as FigureData;
  expect([toPgfplots(wide, figureSchema.parse({})), toPgfplots({ ...bars, bars: bars.kind === 'bars' ? bars.bars.slice(0, 1) : [] } as FigureData, figureSchema.parse({}))].map((made) => made?.includes('rotate=90'))).toEqual([true, false]);
});

describe('the settings of a figure', () => {
  const lines = (scene: Scene) => scene.marks.flatMap((mark) => (mark.kind === 'path' && mark.stroke === '#D55E00' && mark.points.length > 4 ? [mark.points] : []));
  const short = { ...curves, curves: [{ ...curve('VSGD', () => 0, false), xs: Float64Array.of(0, 10, 100, 1000), ys: Float64Array.of(0.1, 0.5, 0.7, 0.9) }] } as FigureData;
  test('limits cut curves and bands to the axes, in every format', () => {
    const scene = draw(curves, { yMin: 45, yMax: 55, xMin: 2000, xMax: 9000, legend: 'none' });
    const labels = texts(scene).map(({ text }) => text);
    expect(labels).toEqual(expect.arrayContaining(['46', '54', '4000', '8000']));
    expect(labels).not.toContain('60');
    const ys = scene.marks.flatMap((mark) => (mark.kind === 'path' && (mark.stroke === '#D55E00' || mark.fill === '#D55E00') ? mark.points.filter((_, at) => at % 2 === 1) : []));
    expect(Math.min(...ys)).toBeGreaterThan(0);
    expect(Math.max(...ys)).toBeLessThan(scene.height - 20);
    expect(toPgfplots(curves, figureSchema.parse({ yMin: 45, yMax: 55, xMin: 2000, xMax: 9000 }))).toMatch(/xmin=2000, xmax=9000, ymode=linear, ymin=45, ymax=55/);
  });
  test('ticks where they are wanted, and a logarithmic horizontal axis without its zero', () => {
    const scene = draw(short, { xLog: true, yTicks: [20, 90], legend: 'none' });
    expect(texts(scene).filter(({ anchor, upward }) => anchor === 'end' && !upward).map(({ text }) => text)).toEqual(['20', '90']);
    const [points] = lines(scene) as [number[]];
    expect(points).toHaveLength(6); // the point at 0 has no place
    expect((points[2] as number) - (points[0] as number)).toBeCloseTo((points[4] as number) - (points[2] as number), 6);
    expect(toPgfplots(short, figureSchema.parse({ xLog: true, yTicks: [20, 90] }))).toMatch(/xmode=log.*ytick=\{20,90\}/);
  });
  test('limits that leave nothing are those of the data', () => {
    expect(lines(draw(short, { yMin: 80, yMax: 20 }))).toEqual(lines(draw(short)));
  });
  test.each(['right', 'bottom'] as const)('a legend at the %s leaves the paper as it is', (legend) => {
    const scene = draw(curves, { legend, width: 140 });
    const place = texts(scene).find(({ text }) => text === 'VSGD');
    expect(legend === 'right' ? place!.x > 0.7 * scene.width : place!.y > 0.85 * scene.height).toBe(true);
    for (const { x, y, text, size, anchor, upward } of texts(scene)) if (!upward) expect([text, x + textWidth(text, size) * (anchor === 'start' ? 1 : anchor === 'middle' ? 0.5 : 0) <= scene.width + 0.5, y < scene.height]).toEqual([text, true, true]);
  });
  test('serif type is embedded, and takes the width of its own letters', async () => {
    const [plain, serif] = [draw(curves), draw(curves, { font: 'serif' })];
    expect((await toPdf(serif)).toString('latin1')).toMatch(/Tinos/);
    expect((await toPdf(plain)).toString('latin1')).toMatch(/Inter/);
    expect(toSvg(serif)).not.toBe(toSvg(plain));
  });
  test('markers and line width', () => {
    const scene = draw(short, { markers: true, lineWidth: 2.5, legend: 'none' });
    expect(scene.marks.filter((mark) => mark.kind === 'path' && mark.fill === '#D55E00')).toHaveLength(4);
    expect(scene.marks).toContainEqual(expect.objectContaining({ stroke: '#D55E00', width: 2.5 }));
    expect(toPgfplots(short, figureSchema.parse({ markers: true, lineWidth: 2.5 }))).toMatch(/line width=2.5pt, mark=square\*/);
  });
  test('panels share one legend; limits of y belong to the first', () => {
    const loss = { ...short, yLabel: 'Training loss', percent: false } as FigureData;
    const scene = createScene([short, loss], figureSchema.parse({ width: 174, yMin: 40, yMax: 95 }));
    const said = texts(scene).map(({ text }) => text);
    expect(said.filter((text) => text === 'VSGD')).toHaveLength(1);
    expect(said).toEqual(expect.arrayContaining(['Test accuracy (%)', 'Training loss', '60', '0.6']));
    const source = toPgfplots([short, loss], figureSchema.parse({ width: 174 })) as string;
    expect([source.match(/begin\{axis\}/g)?.length, source.match(/addlegendentry/g)?.length]).toEqual([2, 1]);
  });
});
