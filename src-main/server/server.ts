// Starts and ends the server: binds, writes the credentials, joins handler and sockets.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { LabError } from '#contract';
import type { RouterContext } from '#router';
import { listAssets } from './assets.ts';
import { checkBinding, ownHosts } from './hosts.ts';
import { createHandler, listRoutes, type Gate, type Route } from './routes.ts';
import { attachSockets, type SocketLimits } from './sockets.ts';
import { openCredentials, writeCredentials, type CredentialFiles } from './token.ts';

/** Where the build puts the interface. */
export const builtRenderer = fileURLToPath(new URL('../../out/renderer', import.meta.url));
export const defaultPort = 7411;
/** Connections at one time, WebSockets included; those beyond are closed at once. */
const largestConnections = 256;
/** So many ports are tried from the default one on. */
const triedPorts = 20;

/** `port`: null takes the default one or the next that is free. `allowRemote`: may listen to other computers. `newToken`: those who are signed in are no longer. */
export type ServerOptions = { context: RouterContext; host?: string; port?: number | null; allowRemote?: boolean; newToken?: boolean; assets?: string; limits?: SocketLimits };
/** `connections` counts the WebSockets that are signed in. */
export type RunningServer = { address: string; port: number; token: string; files: CredentialFiles; routes: Route[]; warning: string | null; connections(): number; close(): Promise<void> };

const listen = (server: Server, host: string, port: number): Promise<void> => new Promise((resolve, reject) => {
  const onError = (error: Error) => reject(error);
  server.once('error', onError);
  server.listen({ host, port, exclusive: true }, () => {
    server.off('error', onError);
    resolve();
  });
});

function listenError(cause: unknown, host: string, port: number): LabError {
  const { code } = cause as NodeJS.ErrnoException;
  const why = code === 'EADDRINUSE' ? 'another program uses it; give another --port' : code === 'EACCES' ? 'this user may not use it; give a --port above 1023' : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' ? 'this computer has no such address' : String(cause);
  return new LabError('CONFLICT', `The server cannot listen on ${host} port ${port}: ${why}.`, { place: { key: '--port' }, cause });
}

/** Binds to the port that was asked for, or to the first free one from the default on. @throws LabError CONFLICT */
async function bind(server: Server, host: string, port: number | null): Promise<number> {
  const ports = port === null ? Array.from({ length: triedPorts }, (_, index) => defaultPort + index) : [port];
  for (const [index, candidate] of ports.entries()) {
    try {
      await listen(server, host, candidate);
      return (server.address() as AddressInfo).port;
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!taken || index === ports.length - 1) throw listenError(error, host, candidate);
    }
  }
  throw new LabError('INTERNAL', 'There is no port to try.');
}

/**
 * Starts serving. Nobody is let in before the guard stands: the handler is attached before the first connection is taken.
 * @throws LabError USAGE for an address of the network without `allowRemote`, CONFLICT for a port that is taken
 */
export async function startServer({ context: given, host = '127.0.0.1', port = null, allowRemote = false, newToken = false, assets: folder = builtRenderer, limits }: ServerOptions): Promise<RunningServer> {
  const context: RouterContext = allowRemote ? { ...given, remote: true } : given;
  const warning = checkBinding(host, allowRemote);
  const assets = listAssets(folder);
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 10_000, keepAliveTimeout: 10_000 });
  server.maxConnections = largestConnections;
  const gate: Gate = { hosts: ownHosts(host), credentials: openCredentials(context.lab.home, { renew: newToken }) };
  server.on('request', createHandler({ ...gate, assets, context }));
  const sockets = attachSockets(server, { gate, context, limits });
  const bound = await bind(server, host, port);
  gate.credentials.cookie = `vsgd-lab-${bound}`;
  const shown = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  const address = `http://${shown}:${bound}`;
  const files = writeCredentials(context.lab.home, address, gate.credentials);
  return {
    address, port: bound, token: gate.credentials.token, files, routes: listRoutes(assets), warning, connections: sockets.count,
    async close() {
      files.remove();
      sockets.close();
      const closed = new Promise<void>((resolve) => { server.close(() => resolve()); });
      server.closeAllConnections();
      await closed;
    },
  };
}
