// A scene as PDF: vectors, and text that can be searched, in an embedded font.
import PdfDocument from 'pdfkit';
import { fontFile, inFamily, piecesOf, pieceWidth, textWidth } from './fonts.ts';
import type { Path, Scene, Text } from './scene.ts';

type Document = InstanceType<typeof PdfDocument>;

function drawPath(document: Document, { points, closed, stroke, width = 1, dash, fill, opacity = 1 }: Path): void {
  document.save().moveTo(points[0] as number, points[1] as number);
  for (let at = 2; at < points.length; at += 2) document.lineTo(points[at] as number, points[at + 1] as number);
  if (closed) document.closePath();
  if (dash) document.dash(dash[0] as number, { space: dash[1] });
  if (fill) document.fillOpacity(opacity).fill(fill);
  else document.strokeOpacity(opacity).lineWidth(width).lineJoin('round').stroke(stroke ?? '#000000');
  document.restore();
}

function drawText(document: Document, { x, y, text, size, anchor, upward, color }: Text): void {
  document.save();
  if (upward) document.rotate(-90, { origin: [x, y] });
  let at = x + (anchor === 'start' ? 0 : textWidth(text, size) * (anchor === 'middle' ? -0.5 : -1));
  for (const piece of piecesOf(text)) {
    document.font(piece.subset).fontSize(piece.scale * size).fillColor(color).text(piece.text, at, y - piece.rise * size, { lineBreak: false, baseline: 'alphabetic' });
    at += pieceWidth(piece, size);
  }
  document.restore();
}

/** The scene as a PDF of one page of its true size. No date and no name of the computer: the same scene gives the same bytes. */
export const toPdf = (scene: Scene): Promise<Buffer> => inFamily(scene.font ?? 'inter', () => writePdf(scene));

function writePdf({ width, height, marks, caption }: Scene): Promise<Buffer> {
  const document = new PdfDocument({ size: [width, height], margin: 0, info: { CreationDate: new Date(0), Producer: 'VSGD Lab', Creator: 'VSGD Lab', ...(caption ? { Subject: caption } : {}) } });
  const chunks: Buffer[] = [];
  const done = new Promise<Buffer>((resolve, reject) => {
    document.on('data', (chunk: Buffer) => chunks.push(chunk));
    document.on('end', () => resolve(Buffer.concat(chunks)));
    document.on('error', reject);
  });
  const used = new Set(marks.flatMap((mark) => (mark.kind === 'text' ? piecesOf(mark.text).map(({ subset }) => subset) : [])));
  for (const subset of used) document.registerFont(subset, fontFile(subset));
  for (const mark of marks) {
    if (mark.kind === 'path') drawPath(document, mark);
    else drawText(document, mark);
  }
  document.end();
  return done;
}
