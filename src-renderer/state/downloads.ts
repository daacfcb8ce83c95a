// Files that the page saves. In the desktop app the core reports how each ended; a browser shows its downloads itself.
import { bridge, client } from '../client/client.ts';
import { tellDone, tellError } from './notices.svelte.ts';

/** Reports files as they are saved, in the desktop app. */
export function followDownloads(): void {
  if (!bridge) return;
  client.system.downloads.subscribe(undefined, {
    onData: ({ name, path, state }) => {
      if (state === 'saved') tellDone(`Saved ${path}.`);
      if (state === 'failed') tellError(new Error(`${name} could not be saved. Is there space on the disk?`));
    },
    onError: tellError,
  });
}

/** Says that files were given to the browser, which asks and shows where they go; the desktop app reports each file when it is saved. */
export function tellDownloading(count: number): void {
  if (!bridge) tellDone(count === 1 ? 'Downloading 1 file.' : `Downloading ${count} files.`);
}
