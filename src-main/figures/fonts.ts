// The type of figures: Inter, taken from its package, so that a figure has the same bytes on a computer without fonts.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as fontkit from 'fontkit';

const { resolve } = createRequire(import.meta.url);
const subsets = ['latin', 'latin-ext', 'greek', 'cyrillic'] as const;
export type Subset = (typeof subsets)[number];

const files = new Map<Subset, Buffer>();
/** The font file of a part of Unicode. */
export function fontFile(subset: Subset): Buffer {
  const known = files.get(subset) ?? readFileSync(resolve(`@fontsource/inter/files/inter-${subset}-400-normal.woff`));
  files.set(subset, known);
  return known;
}

const fonts = new Map<Subset, fontkit.Font>();
function fontOf(subset: Subset): fontkit.Font {
  const known = fonts.get(subset) ?? (fontkit.create(fontFile(subset)) as fontkit.Font);
  fonts.set(subset, known);
  return known;
}

export type Piece = { subset: Subset; text: string };

/** The text in pieces that one font can set each; what none has is set as a question mark. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (const character of text) {
    const found = subsets.find((subset) => fontOf(subset).hasGlyphForCodePoint(character.codePointAt(0) as number));
    const [subset, shown] = found ? [found, character] : (['latin', '?'] as const);
    const last = pieces.at(-1);
    if (last?.subset === subset) last.text += shown;
    else pieces.push({ subset, text: shown });
  }
  return pieces;
}

const scaleOf = (subset: Subset, size: number): number => size / fontOf(subset).unitsPerEm;

/** Width of a piece in the unit of `size`. */
export const pieceWidth = ({ subset, text }: Piece, size: number): number => fontOf(subset).layout(text).advanceWidth * scaleOf(subset, size);

export const textWidth = (text: string, size: number): number => piecesOf(text).reduce((sum, piece) => sum + pieceWidth(piece, size), 0);

/** The text's outlines as data of an SVG path, from its origin to the right. */
export function outlinesOf(text: string, size: number): string {
  let x = 0;
  return piecesOf(text).flatMap(({ subset, text: part }) => {
    const scale = scaleOf(subset, size);
    const { glyphs, positions } = fontOf(subset).layout(part);
    return glyphs.map((glyph, index) => {
      const outline = glyph.path.scale(scale, -scale).translate(x, 0).toSVG();
      x += (positions[index]?.xAdvance ?? 0) * scale;
      return outline;
    });
  }).filter((outline) => outline !== '').join('');
}
