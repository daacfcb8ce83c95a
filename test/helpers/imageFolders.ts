// Makes folders of small images for imports: one solid color per class.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { scratchFolder } from './scratch.ts';

const made = new Map<string, Promise<Buffer>>();

/** A PNG of one color; equal ones are made once. */
export function solidPng(color: string, side = 8): Promise<Buffer> {
  const key = `${color} ${side}`;
  const known = made.get(key) ?? sharp({ create: { width: side, height: side, channels: 3, background: color } }).png().toBuffer();
  made.set(key, known);
  return known;
}

const colors = ['#f00', '#0f0', '#00f', '#ff0', '#0ff', '#f0f'];

/**
 * A folder with so many images in each of these folders (`train/cat`), or with this content where a file is named (`notes.txt`); 0 makes an empty folder.
 * Returns its path.
 */
export async function imageFolder(content: Record<string, number | string | Buffer>, name = 'pictures'): Promise<string> {
  const root = join(scratchFolder(), name);
  mkdirSync(root, { recursive: true });
  for (const [index, [path, what]] of Object.entries(content).entries()) {
    const at = join(root, path);
    if (typeof what !== 'number') {
      mkdirSync(dirname(at), { recursive: true });
      writeFileSync(at, what);
      continue;
    }
    mkdirSync(at, { recursive: true });
    const png = await solidPng(colors[index % colors.length] as string);
    for (let number = 0; number < what; number += 1) writeFileSync(join(at, `${number}.png`), png);
  }
  return root;
}
