// The type of figures, taken from font packages, so that a figure has the same bytes, and looks the same, on a computer without fonts.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as fontkit from 'fontkit';
import { documentText, type Figure } from '#contract';

const { resolve } = createRequire(import.meta.url);
const subsets = ['latin', 'latin-ext', 'greek', 'cyrillic'] as const;
export type Subset = (typeof subsets)[number];

/** The packages of the families: Inter, and Tinos, which has the metrics of Times New Roman. */
const packages: Record<Family, string> = { inter: 'inter', serif: 'tinos' };
export type Family = Figure['font'];

/** The family that text is measured and set in now; `inFamily` changes it for as long as it runs. */
let family: Family = 'inter';

/** Measures and sets text in another family while `work`, which may not wait, runs. */
export function inFamily<T>(other: Family, work: () => T): T {
  const before = family;
  family = other;
  try {
    return work();
  } finally {
    family = before;
  }
}

const files = new Map<string, Buffer>();
/** The font file of a part of Unicode, in the current family. */
export function fontFile(subset: Subset): Buffer {
  const name = `${packages[family]}-${subset}`;
  const known = files.get(name) ?? readFileSync(resolve(`@fontsource/${packages[family]}/files/${name}-400-normal.woff`));
  files.set(name, known);
  return known;
}

const fonts = new Map<string, fontkit.Font>();
function fontOf(subset: Subset): fontkit.Font {
  const name = `${family}-${subset}`;
  const known = fonts.get(name) ?? (fontkit.create(fontFile(subset)) as fontkit.Font);
  fonts.set(name, known);
  return known;
}

/** Text that one font sets: at a part of the type's size, raised by a part of it. */
export type Piece = { subset: Subset; text: string; scale: number; rise: number };
type Script = Pick<Piece, 'scale' | 'rise'>;

const plain: Script = { scale: 1, rise: 0 };
// Of small digits, Inter's package has ¹ ² ³ alone: all are its plain ones, so that they match.
const raised: Script = { scale: 0.62, rise: 0.38 };
const lowered: Script = { scale: 0.62, rise: -0.14 };
/** What Inter draws as an arrow. */
const arrows: Record<string, string> = { '→': '->', '←': '<-', '⇒': '=>' };

const subsetOf = (character: string): Subset | undefined => subsets.find((subset) => fontOf(subset).hasGlyphForCodePoint(character.codePointAt(0) as number));
/** Small characters of Unicode that stand high, and that stand low. */
export const isRaised = (character: string): boolean => /[¹²³⁰-ⁿ]/.test(character);
export const isLowered = (character: string): boolean => /[₀-ₜ]/.test(character);
const scriptOf = (character: string): Script => (isRaised(character) ? raised : isLowered(character) ? lowered : plain);

/** A character in pieces: its glyph, else plain characters that look like it (₁ as a small 1 set low); null where no font has either. */
function setCharacter(character: string): Piece[] | null {
  const script = scriptOf(character);
  const own = script === plain ? subsetOf(character) : undefined;
  if (own) return [{ subset: own, text: character, ...plain }];
  const parts = [...(arrows[character] ?? character.normalize('NFKD'))].map((text) => ({ subset: subsetOf(text), text, ...script }));
  return parts.every((part): part is Piece => part.subset !== undefined) ? parts : null;
}

/** The text in pieces that one font can set each; what none has is set as a question mark. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (const piece of [...documentText(text)].flatMap((character) => setCharacter(character) ?? [{ subset: 'latin', text: '?', ...plain } satisfies Piece])) {
    const last = pieces.at(-1);
    if (last?.subset === piece.subset && last.rise === piece.rise) last.text += piece.text;
    else pieces.push(piece);
  }
  return pieces;
}

/** The characters of texts that are set as question marks, each once. */
export const unshownOf = (texts: string[]): string => [...new Set(texts.flatMap((text) => [...documentText(text)]).filter((character) => setCharacter(character) === null))].join('');

const unitsOf = ({ subset, scale }: Piece, size: number): number => (scale * size) / fontOf(subset).unitsPerEm;

/** Width of a piece in the unit of `size`. */
export const pieceWidth = (piece: Piece, size: number): number => fontOf(piece.subset).layout(piece.text).advanceWidth * unitsOf(piece, size);

export const textWidth = (text: string, size: number): number => piecesOf(text).reduce((sum, piece) => sum + pieceWidth(piece, size), 0);

/** The text, without its middle where there is less room: what tells names apart stands mostly at their ends. What a run of a sweep has in brackets at its end stays whole where it can. */
export function shortened(text: string, size: number, width: number): string {
  const characters = [...text];
  const own = /\([^()]*\)$/.exec(text)?.[0] ?? '';
  const kept = textWidth(own, size) <= 0.75 * width ? [...own].length : 0;
  const without = (cut: number): string => { const from = Math.min(Math.ceil((characters.length - cut) / 2), Math.max(0, characters.length - kept - cut)); return [...characters.slice(0, from), '…', ...characters.slice(from + cut)].join(''); };
  let cut = 0;
  while (cut < characters.length && textWidth(cut === 0 ? text : without(cut), size) > width) cut += 1;
  return cut === 0 ? text : without(cut);
}

/** Lines of whole words, at most three; the last one gives way to an ellipsis. */
export function wrapped(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && (lines.length === 3 || textWidth(longer, size) <= width)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line) => shortened(line, size, width));
}

/** The text's outlines as data of an SVG path, from its origin to the right. */
export function outlinesOf(text: string, size: number): string {
  let x = 0;
  return piecesOf(text).flatMap((piece) => {
    const unit = unitsOf(piece, size);
    const { glyphs, positions } = fontOf(piece.subset).layout(piece.text);
    return glyphs.map((glyph, index) => {
      const { xAdvance = 0, xOffset = 0, yOffset = 0 } = positions[index] ?? {};
      const outline = glyph.path.scale(unit, -unit).translate(x + xOffset * unit, -piece.rise * size - yOffset * unit).toSVG();
      x += xAdvance * unit;
      return outline;
    });
  }).filter((outline) => outline !== '').join('');
}
