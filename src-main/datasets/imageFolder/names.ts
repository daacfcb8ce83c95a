// Names within a folder of images: which folders are splits, which belong to a system or a tool, which files are images.
import { extname } from 'node:path';
import type { PackedSplit } from '#contract';

export type SplitName = PackedSplit['name'];

const formats: Record<string, 'jpeg' | 'png'> = { '.jpg': 'jpeg', '.jpeg': 'jpeg', '.png': 'png' };

/** The format that a file's name promises; undefined where it is no image that can be read. */
export const formatOfName = (name: string): 'jpeg' | 'png' | undefined => formats[extname(name).toLowerCase()];

const roles: [SplitName, RegExp][] = [
  ['train', /^(train|training|trn)$/],
  ['val', /^(val|valid|validation|validate|dev)$/],
  ['test', /^(test|testing|tst)$/],
];

/** The split that a folder of this name holds by custom (`Train`, `valid`, `test_set`); null for other names. */
export function splitOfName(name: string): SplitName | null {
  const plain = name.normalize('NFKC').trim().toLowerCase().replace(/[ _-]?(set|split|data|images)$/, '');
  return roles.find(([, pattern]) => pattern.test(plain))?.[0] ?? null;
}

const systemNames = /^(__macosx|\$recycle\.bin|#recycle|#snapshot|@eadir|@tmp|system volume information|lost\+found|recycler|__pycache__|node_modules|site-packages|venv|wandb|thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r)$/i;

/** Why an entry of this name is not data: hidden, or of an operating system or a tool. Null for others. */
export function foreignName(name: string): string | null {
  if (systemNames.test(name)) return 'it belongs to the operating system or to a tool';
  return name.startsWith('.') || name.startsWith('~$') ? 'it is hidden' : null;
}

/** Names of folders within a class that hold its images, as in Tiny ImageNet. */
export const holdsImages = (name: string): boolean => /^(images?|imgs?|photos?|pictures?)$/i.test(name);

/** Class names that differ only in Unicode form are one class. */
export const className = (folder: string): string => folder.normalize('NFC');
