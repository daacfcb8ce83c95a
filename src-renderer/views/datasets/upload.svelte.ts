// Files on their way from this page to the core, in pieces, one file after the other, then inspected together.
import { client, explain } from '../../client/client.ts';
import { tellError } from '../../state/notices.svelte.ts';

const pieceBytes = 2 * 2 ** 20;
/** Pieces are large: each is a request of its own, for a batch of several may exceed what the server accepts. */
const alone = { context: { alone: true } };
export type Sending = { id: string; name: string; size: number; sent: number };
export const sending: Sending[] = $state([]);
const cancelled = new Set<string>();

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}

/** Sends one file; its id, or null where it was cancelled or failed, which is reported. */
async function sendFile(file: File): Promise<string | null> {
  let id: string | null = null;
  try {
    if (file.size === 0) throw new Error(`${file.name} is empty.`);
    id = await client.datasets.beginUpload.mutate({ name: file.name, size: file.size }, alone);
    sending.push({ id, name: file.name, size: file.size, sent: 0 });
    const entry = sending.find((one) => one.id === id) as Sending;
    while (entry.sent < file.size) {
      if (cancelled.delete(id)) {
        await client.datasets.cancelUpload.mutate({ id });
        return null;
      }
      const piece = new Uint8Array(await file.slice(entry.sent, entry.sent + pieceBytes).arrayBuffer());
      entry.sent = await client.datasets.appendUpload.mutate({ id, offset: entry.sent, data: toBase64(piece) }, alone);
    }
    return id;
  } catch (error) {
    tellError(error instanceof DOMException ? new Error(`${file.name} cannot be read: ${explain(error).message}. Was it changed or removed meanwhile? Choose it again.`) : error);
    if (id !== null) await client.datasets.cancelUpload.mutate({ id }).catch(() => {}); // reported already
    return null;
  } finally {
    const at = sending.findIndex((one) => one.id === id);
    if (at >= 0) sending.splice(at, 1);
  }
}

/** Sends files that were chosen together, or a folder as a tar, and has them inspected: those that belong together as one. */
export async function sendFiles(files: File[], { folder = false }: { folder?: boolean } = {}): Promise<void> {
  const ids: string[] = [];
  for (const file of files) {
    const id = await sendFile(file);
    if (id !== null) ids.push(id);
  }
  if (ids.length > 0) await client.datasets.inspectUploads.mutate({ ids, folder }).catch(tellError);
}

export const cancelSending = (id: string): void => { cancelled.add(id); };
