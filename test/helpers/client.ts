// Clients of the router over every transport, and a lab in a temporary home behind them.
import { existsSync } from 'node:fs';
import { createTRPCClient, createWSClient, httpBatchLink, localLink, splitLink, wsLink, type TRPCClient } from '@trpc/client';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { LiveDelta } from '#contract';
import { appRouter, type AppRouter, type RouterContext } from '#router';
import { startServer, type RunningServer, type ServerOptions } from '#server';
import { DatasetJobs, EngineJobs, keepHosting, openLab } from '#services';
import { scratchFolder } from './scratch.ts';

export type Client = TRPCClient<AppRouter>;
export type Transport = 'in process' | 'HTTP and WebSocket' | 'Electron IPC (stand-in)';
/** Everything else must hold without the desktop shell. */
const hasShell = existsSync(new URL('../../src-main/electron', import.meta.url));
export const transports: readonly Transport[] = ['in process', 'HTTP and WebSocket', ...(hasShell ? ['Electron IPC (stand-in)' as const] : [])];

/** A lab of its own; closed when the test ends. */
export function createContext(): RouterContext {
  const lab = openLab(scratchFolder());
  const [jobs, engineJobs] = [new DatasetJobs(lab), new EngineJobs(lab)];
  onTestFinished(async () => {
    await Promise.all([jobs.close(), engineJobs.close()]);
    lab.close();
  });
  return { lab, jobs, engineJobs, version: '1.2.3' };
}

/** A server on any port; ended with the test. */
export async function serve(context: RouterContext, options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({ context, port: 0, ...options });
  onTestFinished(() => server.close());
  return server;
}

/** A client of a server, signed in with its token. */
export function createNetworkClient({ address, token }: RunningServer): Client {
  const headers = { authorization: `Bearer ${token}` };
  class SignedIn extends WebSocket {
    constructor(url: string | URL) {
      super(url, { headers });
    }
  }
  const socket = createWSClient({ url: `${address.replace('http', 'ws')}/ws`, WebSocket: SignedIn as unknown as typeof globalThis.WebSocket, lazy: { enabled: true, closeMs: 0 } });
  onTestFinished(() => socket.close());
  return createTRPCClient<AppRouter>({ links: [splitLink({ condition: ({ type }) => type === 'subscription', true: wsLink({ client: socket }), false: httpBatchLink({ url: `${address}/trpc`, headers }) })] });
}

/** A client of the router in this process. */
export const createLocalClient = (context: RouterContext): Client =>
  createTRPCClient<AppRouter>({ links: [localLink({ router: appRouter, createContext: async () => context })] });

export async function createClient(transport: Transport, context: RouterContext): Promise<Client> {
  if (transport === 'in process') return createLocalClient(context);
  if (transport === 'HTTP and WebSocket') return createNetworkClient(await serve(context));
  const { createWindowClient } = await import('./windowClient.ts');
  return createWindowClient(context);
}

/** Hosts the queue until the test ends. */
export function host({ lab }: RouterContext): void {
  const ending = new AbortController();
  const hosting = keepHosting(lab, ending.signal);
  onTestFinished(async () => {
    ending.abort();
    await hosting;
  });
}

type Watcher<T> = { onStarted?: () => void; onData(data: T): void; onError(error: unknown): void };

/** Subscribes and gathers events until one is enough. */
export function gather<T>(subscribe: (watcher: Watcher<T>) => { unsubscribe(): void }, enough: (all: T[]) => boolean): Promise<T[]> {
  return new Promise((resolve, reject) => {
    const all: T[] = [];
    const subscription = subscribe({
      onData(data) {
        all.push(data);
        if (!enough(all)) return;
        subscription.unsubscribe();
        resolve(all);
      },
      onError: reject,
    });
  });
}

export type LiveEvent = { id: string; data: LiveDelta };
