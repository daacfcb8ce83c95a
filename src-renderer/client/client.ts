// The one door to the core: tRPC over the desktop shell's bridge where there is one, else over this page's own server. Nothing else in the renderer knows a transport.
import { createTRPCClient, createWSClient, httpBatchLink, httpLink, splitLink, TRPCClientError, wsLink, type TRPCLink } from '@trpc/client';
import type { inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '#router';
import { largestBatch, type Bridge, type bridgeName, type SerializedError } from '#contract';
import { connection } from './connection.svelte.ts';
import { ipcLink } from './ipcLink.ts';

/** Code of the server for a connection that is not signed in. */
const notSignedIn = 4401;

export type Outputs = inferRouterOutputs<AppRouter>;

/** HTTP for calls, a WebSocket for subscriptions, both of the server that this page came from. */
function networkLink(): TRPCLink<AppRouter> {
  let settled: ReturnType<typeof setTimeout> | undefined;
  const socket = createWSClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`,
    // A server that came back is found within two seconds; so is a sign-in in another tab.
    retryDelayMs: (attempt) => Math.min(200 * 2 ** attempt, 2000),
    onOpen: () => { settled = setTimeout(() => Object.assign(connection, { lost: false, signedOut: false }), 300); }, // one that is not signed in is closed at once
    onClose: (cause) => {
      clearTimeout(settled);
      Object.assign(connection, { lost: true, signedOut: cause?.code === notSignedIn });
    },
  });
  const calls = splitLink<AppRouter>({ condition: ({ context }) => context.alone === true, true: httpLink({ url: '/trpc' }), false: httpBatchLink({ url: '/trpc', maxURLLength: 8000, maxItems: largestBatch }) });
  return splitLink({ condition: ({ type }) => type === 'subscription', true: wsLink({ client: socket }), false: calls });
}

/** The desktop shell's bridge; undefined in a browser. */
export const bridge = (globalThis as { [name in typeof bridgeName]?: Bridge }).vsgdLab;

/** A call with the context `{ alone: true }` is a request of its own; the others of a moment go together. */
export const client = createTRPCClient<AppRouter>({ links: [bridge ? ipcLink(bridge) : networkLink()] });

/** The code of an error of ours; '' of others. */
export const codeOf = (error: unknown): string => (error instanceof TRPCClientError ? ((error.data as { lab?: SerializedError } | null)?.lab?.code ?? '') : '');

/** What a person reads of an error; `detail` for the one who wants to know more. */
export function explain(error: unknown): { message: string; detail: string } {
  if (error instanceof TRPCClientError) {
    const lab = (error.data as { lab?: SerializedError } | null)?.lab;
    if (lab) return { message: lab.message, detail: `${lab.code} ${JSON.stringify(lab.place)}` };
    return { message: 'VSGD Lab does not answer. Is it still running? Start it again, then reload this page.', detail: error.message };
  }
  return { message: error instanceof Error ? error.message : String(error), detail: '' };
}
