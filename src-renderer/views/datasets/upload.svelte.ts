// Files on their way from this page to the core, in pieces, one after the other.
import { client, explain } from '../../client/client.ts';
import { tellError } from '../../state/notices.svelte.ts';

const pieceBytes = 2 * 2 ** 20;
export type Sending = { id: string; name: string; size: number; sent: number };
export const sending: Sending[] = $state([]);
const cancelled = new Set<string>();

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}

/** Sends a file, or a folder as a tar, and has it imported; what goes wrong is told. */
export async function sendFile(file: File, { acceptDigest, folder = false }: { acceptDigest: boolean; folder?: boolean }): Promise<void> {
  let id: string | null = null;
  try {
    id = await client.datasets.beginUpload.mutate({ name: file.name, size: file.size });
    sending.push({ id, name: file.name, size: file.size, sent: 0 });
    const entry = sending.find((one) => one.id === id) as Sending;
    while (entry.sent < file.size) {
      if (cancelled.delete(id)) return void await client.datasets.cancelUpload.mutate({ id });
      const piece = new Uint8Array(await file.slice(entry.sent, entry.sent + pieceBytes).arrayBuffer());
      entry.sent = await client.datasets.appendUpload.mutate({ id, offset: entry.sent, data: toBase64(piece) });
    }
    await client.datasets.importUpload.mutate({ id, acceptDigest, folder });
  } catch (error) {
    tellError(error instanceof DOMException ? new Error(`${file.name} cannot be read: ${explain(error).message}. Was it changed or removed meanwhile? Choose it again.`) : error);
    if (id !== null) await client.datasets.cancelUpload.mutate({ id }).catch(() => {}); // told already
  } finally {
    const at = sending.findIndex((one) => one.id === id);
    if (at >= 0) sending.splice(at, 1);
  }
}

export const cancelSending = (id: string): void => { cancelled.add(id); };
