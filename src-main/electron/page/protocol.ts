// `app://vsgd-lab/…`: the built interface from a fixed table, with the headers that the server gives. No file:// anywhere.
import type { Protocol } from 'electron';
import { securityHeaders, type Assets } from '#server';
import { isOwnPage, scheme } from './origin.ts';

/** To be called before the app is ready. `standard` and `secure`: an origin of its own, with modules and storage. */
export function registerScheme(protocol: Pick<Protocol, 'registerSchemesAsPrivileged'>): void {
  protocol.registerSchemesAsPrivileged([{ scheme, privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
}

function refusal(status: number, message: string): Response {
  return new Response(message, { status, headers: { ...securityHeaders, 'Content-Type': 'text/plain; charset=utf-8' } });
}

/** Answers requests of our pages; a path is only looked up in the table, never on the disk. */
export function createResponder(assets: Assets): (request: Pick<Request, 'method' | 'url'>) => Response {
  return ({ method, url }) => {
    if (!isOwnPage(url)) return refusal(403, 'There is only this app here.');
    if (method !== 'GET' && method !== 'HEAD') return refusal(405, 'Files are read with GET.');
    const asset = assets.get(new URL(url).pathname);
    if (!asset) return refusal(404, 'There is nothing here.');
    const headers = { ...securityHeaders, 'Content-Type': asset.type, 'Content-Length': String(asset.bytes.length) };
    return new Response(method === 'HEAD' ? null : new Uint8Array(asset.bytes), { headers });
  };
}
