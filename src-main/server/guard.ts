// The guard at the socket: every request and every upgrade passes here before anything looks at its path.
import type { IncomingMessage } from 'node:http';

/** Why a request is turned away. */
export type Refusal = { status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 503; message: string };

const refusal = (status: Refusal['status'], message: string): Refusal => ({ status, message });

function headerCount({ rawHeaders }: IncomingMessage, name: string): number {
  return rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length;
}

/** A request must name one of our own hosts, once, with or without a port. */
function refuseHost(request: IncomingMessage, hosts: ReadonlySet<string>): Refusal | null {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/i.exec(request.headers.host ?? '');
  if (headerCount(request, 'host') === 1 && match && hosts.has((match[1] as string).toLowerCase())) return null;
  return refusal(403, 'This server answers only to its own address.');
}

/** A page of another origin may not ask. A request without Origin comes from no page, or from our own by GET. */
function refuseOrigin(request: IncomingMessage): Refusal | null {
  const { origin, host = '' } = request.headers;
  if (origin === undefined) return null;
  if (headerCount(request, 'origin') === 1 && origin.toLowerCase() === `http://${host.toLowerCase()}`) return null;
  return refusal(403, 'Pages of other origins may not use this server.');
}

/** What a browser says about where a request comes from. From elsewhere only a person's own click on our first page is let in. */
function refuseSite({ headers, method, url = '' }: IncomingMessage): Refusal | null {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return null;
  const click = method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document' && /^\/(\?|$)/.test(url);
  return click ? null : refusal(403, 'Other sites may not use this server.');
}

/** Forms and simple requests of other pages cannot send JSON; nothing else is taken. */
function refuseShape({ method = '', headers, url = '' }: IncomingMessage): Refusal | null {
  if (!url.startsWith('/')) return refusal(400, 'The request names no path.');
  if (!['GET', 'HEAD', 'POST'].includes(method)) return refusal(405, 'Only GET, HEAD and POST are known here.');
  if (method === 'POST' && !/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) return refusal(415, 'Only application/json is taken.');
  return null;
}

/** Checks Host, Origin, Fetch metadata, method and content type; null lets pass. */
export function refuse(request: IncomingMessage, hosts: ReadonlySet<string>): Refusal | null {
  return refuseHost(request, hosts) ?? refuseOrigin(request) ?? refuseSite(request) ?? refuseShape(request);
}
