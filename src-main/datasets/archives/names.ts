// What a file in an archive may be called. No entry is ever written under its own name, yet an archive with a name
// that would harm some system is not one that we know: it is refused whole (faults.md 35-38).
import { LabError } from '#contract';

const maxDepth = 16;
const maxPathBytes = 255;
const maxNameBytes = 128;
const deviceName = /^(con|prn|aux|nul|clock\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/** An archive that is refused because of what it tries, with the entry that tries it. */
export function hostile(archive: string, what: string): LabError {
  return new LabError('DATASET_HOSTILE', `${archive} was refused: ${what}. Nothing was installed. Take the archive from its official source.`, { place: { file: archive } });
}

/** An archive that is broken or is not what it should be. */
export function damagedArchive(archive: string, what: string, cause?: unknown): LabError {
  return new LabError('DATASET_DAMAGED', `${archive} is damaged: ${what}. Nothing was installed. Download it again.`, { place: { file: archive }, cause });
}

function faultOfPart(part: string): string | null {
  if (part === '' || part === '.') return 'an empty part';
  if (part === '..') return 'a step out of the archive ("..")';
  if (Buffer.byteLength(part) > maxNameBytes) return `a part of more than ${maxNameBytes} bytes`;
  if (/[. ]$/.test(part)) return 'a trailing dot or space';
  if (deviceName.test(part)) return 'the name of a device';
  return null;
}

/** What is wrong with the name of an entry, in words; null when it is harmless. A folder's name may end in "/". */
export function faultOfName(name: string): string | null {
  const path = name.endsWith('/') ? name.slice(0, -1) : name;
  if (Buffer.byteLength(path) > maxPathBytes) return `a path of more than ${maxPathBytes} bytes`;
  if (path.startsWith('/')) return 'an absolute path';
  if (path.includes('\\')) return 'a backslash';
  if (path.includes(':')) return 'a colon (drive letter or stream)';
  if (/[\p{Cc}\p{Cf}\uFFFD]/u.test(path)) return 'a control character or invalid text';
  const parts = path.split('/');
  if (parts.length > maxDepth) return `more than ${maxDepth} folders`;
  return parts.map(faultOfPart).find((fault) => fault !== null) ?? null;
}

const shown = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);

/**
 * Watches over the names of one archive. `add` throws DATASET_HOSTILE for a harmful name, and for one that an
 * earlier entry has, be it in other case or Unicode form.
 */
export function createNameGuard(archive: string, maxEntries: number): { add(name: string): void } {
  const seen = new Set<string>();
  return {
    add(name) {
      const fault = faultOfName(name);
      if (fault !== null) throw hostile(archive, `the entry ${shown(name)} has ${fault}`);
      const key = name.replace(/\/$/, '').normalize('NFC').toLowerCase();
      if (seen.has(key)) throw hostile(archive, `the entry ${shown(name)} is there twice, or differs from another only in case or Unicode form`);
      seen.add(key);
      if (seen.size > maxEntries) throw hostile(archive, `it has more than ${maxEntries} entries`);
    },
  };
}
