// HTTP as bytes on a socket, for requests that no client library would send.
import { connect } from 'node:net';

export type RawAnswer = { status: number; head: string; body: string };

/** Sends bytes and reads until the server closes or the answer is complete. A connection that is closed without an answer has status 0. */
export function sendRaw(port: number, text: string | Buffer, host = '127.0.0.1'): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host });
    let received = '';
    const finish = () => {
      const [head = '', body = ''] = received.split(/\r\n\r\n(.*)/s);
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body });
      socket.destroy();
    };
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
      if (received.startsWith('HTTP/1.1 101')) finish();
    });
    socket.on('close', finish);
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' || error.code === 'EPIPE' ? finish() : reject(error)));
    socket.write(text);
  });
}

export type RawRequest = { method?: string; path?: string; headers?: Record<string, string | string[]>; body?: string };

/** A request line, headers in their order, and a body. Nothing is added but Connection: close. */
export function rawRequest({ method = 'GET', path = '/', headers = {}, body = '' }: RawRequest): string {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return `${[`${method} ${path} HTTP/1.1`, ...lines, ...length, ...('Upgrade' in headers ? [] : ['Connection: close'])].join('\r\n')}\r\n\r\n${body}`;
}

/** Headers that ask for a WebSocket. */
export const upgradeHeaders = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' };
