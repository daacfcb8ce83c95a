// A scene as SVG and as PNG, its text as outlines, so that no font of the computer takes part.
import { documentLines } from '#contract';
import { inFamily, outlinesOf, textWidth } from './fonts.ts';
import { rasterize } from './rasterize.ts';
import { perMillimetre, type Path, type Scene, type Text } from './scene.ts';

const escape = (text: string): string => documentLines(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll('\n', '&#10;');
const short = (value: number): string => String(Number(value.toFixed(2)));

function pathElement({ points, closed, stroke, width = 1, dash, fill, opacity, told }: Path): string {
  const data = points.map((value, index) => `${index % 2 === 0 ? (index === 0 ? 'M' : 'L') : ' '}${short(value)}`).join('');
  const line = stroke ? ` stroke="${stroke}" stroke-width="${short(width)}" stroke-linejoin="round"${dash ? ` stroke-dasharray="${dash.join(' ')}"` : ''}` : '';
  return `<path d="${data}${closed ? 'Z' : ''}" fill="${fill ?? 'none'}"${line}${opacity === undefined ? '' : ` opacity="${opacity}"`}${told === undefined ? '' : ` class="value" role="img" aria-label="${escape(told)}"`}/>`;
}

/** Text as outlines: it looks the same where Inter is not installed, and is read by its label. */
function textElement({ x, y, text, size, anchor, upward, color }: Text): string {
  const shift = anchor === 'start' ? 0 : textWidth(text, size) * (anchor === 'middle' ? -0.5 : -1);
  return `<path role="img" aria-label="${escape(text)}" d="${outlinesOf(text, size)}" fill="${color}" transform="translate(${short(x)} ${short(y)})${upward ? ' rotate(-90)' : ''} translate(${short(shift)} 0)"/>`;
}

function document({ width, height, marks, caption }: Scene, size: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${short(width)} ${short(height)}">\n${caption ? `<desc>${escape(caption)}</desc>\n` : ''}<rect width="100%" height="100%" fill="#ffffff"/>\n${marks.map((mark) => (mark.kind === 'path' ? pathElement(mark) : textElement(mark))).join('\n')}\n</svg>\n`;
}

/** The scene as an SVG document of its true size. */
export const toSvg = (scene: Scene): string => inFamily(scene.font ?? 'inter', () =>
  document(scene, `width="${short(scene.width / perMillimetre)}mm" height="${short(scene.height / perMillimetre)}mm"`));

/** The scene as PNG with `dpi` pixels an inch. */
export function toPng(scene: Scene, dpi = 300): Promise<Buffer> {
  const [width, height] = [scene.width, scene.height].map((points) => Math.round((points * dpi) / 72)) as [number, number];
  return rasterize(inFamily(scene.font ?? 'inter', () => document(scene, `width="${width}" height="${height}"`)), dpi);
}
