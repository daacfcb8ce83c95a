// Files that the page saves: the system's dialog gets a title and the Downloads folder, and the page learns how each ended.
import { EventEmitter, on } from 'node:events';
import { join } from 'node:path';
import type { Session } from 'electron';
import type { SavedFile } from '#contract';

/** Follows the downloads of a session. */
export class Downloads {
  readonly #ends = new EventEmitter();

  constructor(session: Pick<Session, 'on'>, folder: string) {
    session.on('will-download', (_event, item) => {
      const name = item.getFilename();
      item.setSaveDialogOptions({ title: 'Save', defaultPath: join(folder, name) });
      item.once('done', (_done, state) => {
        this.#ends.emit('end', { name, path: item.getSavePath(), state: state === 'completed' ? 'saved' : state === 'cancelled' ? 'cancelled' : 'failed' } satisfies SavedFile);
      });
    });
  }

  /** Each download as it ends, until the signal. */
  async *follow(signal: AbortSignal): AsyncGenerator<SavedFile> {
    try {
      for await (const [file] of on(this.#ends, 'end', { signal })) yield file as SavedFile;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
