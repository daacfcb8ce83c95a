// From a request to its answer: guard, sign-in, then a file of the table or a procedure.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { appRouter, listProcedures, type ProcedureKind, type RouterContext } from '#router';
import { largestBatch } from '#contract';
import type { Asset, Assets } from './assets.ts';
import { refuse } from './guard.ts';
import { preloadRuns, sendPage, sendRefusal, setSecurityHeaders } from './headers.ts';
import { isSignedIn, sameSecret, sessionCookie, type Credentials } from './token.ts';

/** The largest body of a request and the largest frame of a WebSocket. */
export const largestMessage = 4 * 2 ** 20;
const procedurePrefix = '/trpc/';

export type Gate = { hosts: ReadonlySet<string>; credentials: Credentials };
export type Site = Gate & { assets: Assets; context: RouterContext };
export type Route = { method: 'GET' | 'POST' | 'UPGRADE'; path: string };

const methods: Record<ProcedureKind, Route['method']> = { query: 'GET', mutation: 'POST', subscription: 'GET' };

/** Every route that this server answers, for a test that tries each without being let in. */
export function listRoutes(assets: Assets): Route[] {
  const procedures = listProcedures().map(({ path, type }): Route => ({ method: methods[type], path: `${procedurePrefix}${path}` }));
  const files = [...new Set(['/', ...assets.keys()])].map((path): Route => ({ method: 'GET', path }));
  return [...files, ...procedures, { method: 'UPGRADE', path: '/ws' }];
}

function signIn(response: ServerResponse, token: string, credentials: Credentials): void {
  if (!sameSecret(token, credentials.token)) return sendPage(response, { status: 401, paragraph: 'This link is no longer valid. Open the one that <code>vsgd-lab serve</code> shows now.' });
  response.setHeader('Set-Cookie', sessionCookie(credentials));
  // Not a redirect: after a click on another site's page, a browser would hold the new cookie back.
  sendPage(response, { head: '<meta http-equiv="refresh" content="0;url=/">', paragraph: 'Signed in. <a href="/">Open VSGD Lab</a>' });
}

function sendAsset({ method }: IncomingMessage, response: ServerResponse, { type, bytes, cache }: Asset): void {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.length, 'Cache-Control': cache });
  response.end(method === 'HEAD' ? undefined : bytes);
}

const unbuilt = 'The interface is not built. In a checkout: <code>npm run build</code>, then start again.';

function sendFile(request: IncomingMessage, response: ServerResponse, { path, assets }: { path: string; assets: Assets }): void {
  const asset = assets.get(path);
  if (request.method === 'POST') sendRefusal(response, { status: 405, message: 'Files are read with GET.' });
  else if (asset) {
    if (path === '/') response.setHeader('Link', preloadRuns);
    sendAsset(request, response, asset);
  }
  else if (path === '/') sendPage(response, { status: 404, paragraph: unbuilt });
  else sendRefusal(response, { status: 404, message: 'There is nothing here.' });
}

/** Makes the handler of all requests. */
export function createHandler({ hosts, credentials, assets, context }: Site): (request: IncomingMessage, response: ServerResponse) => void {
  const known = new Set(listProcedures().map(({ path }) => path));
  const callProcedure = createHTTPHandler({ router: appRouter, basePath: procedurePrefix, createContext: () => context, maxBodySize: largestMessage, maxBatchSize: largestBatch });
  return (request, response) => {
    setSecurityHeaders(response);
    const refused = refuse(request, hosts);
    if (refused) return sendRefusal(response, refused);
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const token = path === '/' && request.method === 'GET' ? new URLSearchParams(query).get('token') : null;
    if (token !== null) return signIn(response, token, credentials);
    if (!isSignedIn(request, credentials)) {
      if (path === '/') return sendPage(response, { status: 401, paragraph: 'You are not signed in. Open the link that <code>vsgd-lab serve</code> shows.' });
      return sendRefusal(response, { status: 401, message: 'You are not signed in. Open the link that vsgd-lab serve shows, or send the token as Authorization: Bearer.' });
    }
    const names = path.startsWith(procedurePrefix) ? path.slice(procedurePrefix.length).split(',') : [];
    if (names.length > 0 && names.every((name) => known.has(name))) return callProcedure(request, response);
    sendFile(request, response, { path, assets });
  };
}
