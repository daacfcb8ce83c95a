// WebSockets: the same guard at the upgrade, a cap on frames and pings, and on what a slow reader leaves unread.
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws';
import { appRouter, type RouterContext } from '#router';
import { refuse, type Refusal } from './guard.ts';
import { largestMessage, type Gate } from './routes.ts';
import { isSignedIn } from './token.ts';

/** `unread`: bytes that may wait for a reader. `pings`: so many between two beats of ours, which come every `beatMs` milliseconds. `subscriptions`: of one socket. */
export type SocketLimits = { unread: number; pings: number; sockets: number; subscriptions: number; beatMs: number };
export const socketLimits: SocketLimits = { unread: 16 * 2 ** 20, pings: 100, sockets: 64, subscriptions: 64, beatMs: 30_000 };

/** Close code of a connection that is not signed in: a client must not try again by itself. */
export const notSignedIn = 4401;
const tooManyPings = 1008;
/** How long the other side has to answer a close. */
const closeGraceMs = 1000;

function refuseUpgrade(socket: Duplex, { status, message }: Refusal): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`);
}

/** Ends a connection that does not read what it asked for, before the memory is full of it. */
function capUnread(client: WebSocket, limit: number): void {
  const send = client.send.bind(client) as (...args: unknown[]) => void;
  client.send = ((...args: unknown[]) => {
    if (client.bufferedAmount <= limit) return send(...args);
    client.removeAllListeners('message'); // what it has asked already is not worked out for nobody
    client.terminate();
  }) as WebSocket['send'];
}

/** Answers pings, but not a flood of them. */
function capPings(client: WebSocket, { pings, unread, beatMs }: SocketLimits): void {
  let count = 0;
  const beat = setInterval(() => { count = 0; }, beatMs).unref();
  client.on('close', () => clearInterval(beat));
  client.on('ping', (data: Buffer) => {
    count += 1;
    if (client.bufferedAmount > unread) client.terminate();
    else if (count <= pings) client.pong(data);
    else if (count === pings + 1) client.close(tooManyPings, 'Too many pings.');
    else if (count > 2 * pings) client.terminate();
  });
}

function refuseSocket(request: IncomingMessage, { hosts }: Gate): Refusal | null {
  const refused = refuse(request, hosts);
  if (refused) return refused;
  return request.url === '/ws' || request.url?.startsWith('/ws?') ? null : { status: 404, message: 'There is nothing here.' };
}

/** Serves the router on `/ws`. */
export function attachSockets(server: Server, { gate, context, limits = socketLimits }: { gate: Gate; context: RouterContext; limits?: SocketLimits }): { count(): number; close(): void } {
  // A turn of the event loop for each message: the others are served between two questions of one who asks for much.
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestMessage, autoPong: false, perMessageDeflate: false, allowSynchronousEvents: false, closeTimeout: closeGraceMs } as ServerOptions);
  const members = new Set<WebSocket>();
  applyWSSHandler({ wss: sockets, router: appRouter, createContext: () => ({ ...context, subscriptions: { open: new Set<AbortSignal>(), most: limits.subscriptions } }), keepAlive: { enabled: true, pingMs: limits.beatMs, pongWaitMs: 10_000 } });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {}); // a broken connection is the other side's
    const refused = refuseSocket(request, gate) ?? (members.size >= limits.sockets ? { status: 503 as const, message: 'There are too many connections.' } : null);
    if (refused) return refuseUpgrade(socket, refused);
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => {}); // ws closes it with the code that fits, for instance 1009 for a large frame
      if (!isSignedIn(request, gate.credentials)) return client.close(notSignedIn, 'Not signed in.');
      members.add(client);
      client.on('close', () => members.delete(client));
      capUnread(client, limits.unread);
      capPings(client, limits);
      sockets.emit('connection', client, request);
    });
  });
  return {
    count: () => members.size,
    close() {
      for (const client of sockets.clients) client.close(1001, 'The server ends.');
      sockets.close();
    },
  };
}
