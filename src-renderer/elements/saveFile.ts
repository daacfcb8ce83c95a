// A file for the person: saved where the browser saves.
import type { MadeFile } from '#contract';

const revokeAfterMs = 10_000;

/** Saves a file that the core made, under its own name or another. */
export function saveFile({ content, encoding, type, name }: MadeFile, as = name): void {
  const bytes = encoding === 'base64' ? Uint8Array.from(atob(content), (character) => character.charCodeAt(0)) : content;
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(new Blob([bytes], { type })), download: as });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), revokeAfterMs);
}
