// What the app tells in passing: errors until they are closed, done things with Undo for ten seconds.
import { explain } from '../client/client.ts';

export type Notice = { id: number; text: string; detail: string; kind: 'error' | 'done'; undo: (() => unknown) | null };

export const notices: Notice[] = $state([]);
let count = 0;
const undoForMs = 10_000;

export function dismiss(id: number): void {
  const at = notices.findIndex((notice) => notice.id === id);
  if (at >= 0) notices.splice(at, 1);
}

export function tellError(error: unknown): void {
  const { message, detail } = explain(error);
  notices.push({ id: ++count, text: message, detail, kind: 'error', undo: null });
}

/** Says something that stays until it is closed. */
export function tellNotice(text: string): void {
  notices.push({ id: ++count, text, detail: '', kind: 'done', undo: null });
}

export function tellDone(text: string, undo: (() => unknown) | null = null): void {
  const id = ++count;
  notices.push({ id, text, detail: '', kind: 'done', undo });
  setTimeout(() => dismiss(id), undoForMs);
}

/** Does something that may fail, and tells when it did. */
export async function attempt<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    tellError(error);
    return null;
  }
}
