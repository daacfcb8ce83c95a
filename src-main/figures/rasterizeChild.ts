// The program behind rasterize.ts: an SVG document on standard input, its PNG on standard output. The argument is the resolution in dpi.
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';

const svg = await buffer(process.stdin);
const png = await sharp(svg, { limitInputPixels: false }).png({ compressionLevel: 9 }).withMetadata({ density: Number(process.argv[2]) }).toBuffer();
process.stdout.write(png);
