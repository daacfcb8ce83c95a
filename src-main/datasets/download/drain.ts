// Reads the body of an answer so that everything that arrived before a cut is handed over before the error is:
// a stream that is destroyed forgets what it had buffered, and a resumed download would fetch it twice.
import type { IncomingMessage } from 'node:http';

const maxQueuedBytes = 8 << 20;

/** Begins to read `answer` at once; the chunks come in order, then the end or the error. */
export function drain(answer: IncomingMessage): AsyncGenerator<Buffer> {
  const queue: Buffer[] = [];
  let queued = 0;
  const state: { ended: boolean; failure: Error | null } = { ended: false, failure: null };
  let wake = (): void => undefined;
  const end = (failure: Error | null): void => {
    if (!state.ended) Object.assign(state, { ended: true, failure });
    wake();
  };
  answer.on('data', (chunk: Buffer) => {
    queue.push(chunk);
    queued += chunk.length;
    if (queued > maxQueuedBytes) answer.pause();
    wake();
  });
  answer.on('end', () => end(null));
  answer.on('error', end);
  answer.on('close', () => end(new Error('the connection was cut')));
  return (async function* chunks() {
    for (;;) {
      for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) {
        queued -= chunk.length;
        yield chunk;
      }
      answer.resume();
      if (state.failure !== null) throw state.failure;
      if (state.ended) return;
      await new Promise<void>((resolve) => { wake = resolve; });
    }
  })();
}
