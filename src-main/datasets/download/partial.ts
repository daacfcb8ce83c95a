// A download that is not complete yet: the bytes in NAME.part, and beside them in NAME.part.json where they come from.
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const infoSchema = z.object({ address: z.string(), etag: z.string().nullable(), lastModified: z.string().nullable(), total: z.int().nullable() });

/** Where a partial download comes from; a resumed answer must agree with it. */
export type PartialInfo = z.infer<typeof infoSchema>;

const infoFile = (part: string): string => `${part}.json`;

/** What is there already of `address` in the file `part`; offset 0 and null when nothing can be resumed. */
export async function readPartial(part: string, address: string): Promise<{ offset: number; info: PartialInfo | null }> {
  try {
    const info = infoSchema.parse(JSON.parse(await readFile(infoFile(part), 'utf8')));
    const { size } = await stat(part);
    if (info.address === address && (info.total === null || size < info.total)) return { offset: size, info };
  } catch {
    // nothing there, or nothing that can be trusted: begin again
  }
  return { offset: 0, info: null };
}

/** Remembers where the bytes come from. */
export const writePartial = (part: string, info: PartialInfo): Promise<void> => writeFile(infoFile(part), JSON.stringify(info));

/** Forgets what `writePartial` wrote; the bytes, too, when asked. */
export async function dropPartial(part: string, { bytes }: { bytes: boolean }): Promise<void> {
  await rm(infoFile(part), { force: true });
  if (bytes) await rm(part, { force: true });
}
