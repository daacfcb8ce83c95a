// A loopback HTTP server that serves files as a mirror would, and misbehaves on request, once per listed fault.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request: the connection cut or silent after n bytes, a wrong range, a status, a redirect, a web page, a lie about the length. */
export type MirrorFault = { /** only for requests of such paths */ path?: RegExp } & MirrorFaultKind;
type MirrorFaultKind =
  | { kind: 'cut' | 'stall'; after: number }
  | { kind: 'wrong range' }
  | { kind: 'status'; status: number }
  | { kind: 'redirect'; location: string }
  | { kind: 'html' }
  | { kind: 'longer'; by: number }
  | { kind: 'changed'; content: Buffer };

/** A running mirror. `faults` are used up in order, one a request; `requests` records path and Range. */
export type Mirror = { address: string; faults: MirrorFault[]; requests: { path: string; range: string | undefined; authorization?: string }[]; close(): Promise<void> };

type File = { content: Buffer; etag: string; type?: string };
/** A file, with the type that the server says it has. */
export type MirrorFile = Buffer | { content: Buffer; type: string };

function sendFile(request: IncomingMessage, response: ServerResponse, { file, fault }: { file: File; fault: MirrorFault | undefined }): void {
  const { content, etag, type } = file;
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const from = asked && request.headers['if-range'] === etag ? Number(asked[1]) : 0;
  const shift = fault?.kind === 'wrong range' ? 7 : 0;
  const length = content.length - from + (fault?.kind === 'longer' ? fault.by : 0);
  response.writeHead(from > 0 ? 206 : 200, {
    etag, 'content-length': length, ...(type ? { 'content-type': type } : {}),
    ...(from > 0 ? { 'content-range': `bytes ${from + shift}-${content.length - 1}/${content.length}` } : {}),
  });
  if (fault?.kind === 'cut' || fault?.kind === 'stall') {
    const stop = (): void => { if (fault.kind === 'cut') response.socket?.end(); };
    response.write(content.subarray(from, from + fault.after), stop);
    return;
  }
  response.end(Buffer.concat([content.subarray(from), Buffer.alloc(fault?.kind === 'longer' ? fault.by : 0)]));
}

/** Serves `files` by name on 127.0.0.1. */
export async function startMirror(files: Record<string, MirrorFile>): Promise<Mirror> {
  const stored = new Map<string, File>(Object.entries(files).map(([name, file]) => [`/${name}`, Buffer.isBuffer(file) ? { content: file, etag: '"1"' } : { ...file, etag: '"1"' }]));
  const mirror: Pick<Mirror, 'faults' | 'requests'> = { faults: [], requests: [] };
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    mirror.requests.push({ path, range: request.headers.range, ...(request.headers.authorization ? { authorization: request.headers.authorization } : {}) });
    const next = mirror.faults.findIndex((one) => one.path === undefined || one.path.test(path));
    const fault = next < 0 ? undefined : mirror.faults.splice(next, 1)[0];
    if (fault?.kind === 'changed') stored.set(path, { content: fault.content, etag: '"2"' });
    const file = stored.get(path);
    if (fault?.kind === 'status') response.writeHead(fault.status).end('sorry');
    else if (fault?.kind === 'redirect') response.writeHead(302, { location: fault.location }).end();
    else if (fault?.kind === 'html') response.writeHead(200, { 'content-type': 'text/html' }).end('<!DOCTYPE html><html>Log in</html>');
    else if (file === undefined) response.writeHead(404).end();
    else sendFile(request, response, { file, fault });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...mirror, address,
    close: () => new Promise((resolve) => { server.close(() => resolve()); server.closeAllConnections(); }),
  };
}
