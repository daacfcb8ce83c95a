// One HTTP GET with redirects followed by our rules: only to https, or from loopback http to the same host. Never file:.
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { getCACertificates } from 'node:tls';
import { LabError } from '#contract';

const maxRedirects = 5;

/** Where and what to ask; `stallMs`: give up when nothing arrives for so long; `ca`: certificates beside the known ones. */
export type Ask = { address: string; headers: Record<string, string>; stallMs: number; signal?: AbortSignal; ca?: string };

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);

function parseAddress(address: string, base?: URL): URL {
  const url = URL.parse(address, base?.href);
  if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:')) return url;
  throw new LabError('DOWNLOAD_FAILED', `${JSON.stringify(address)} is not an http or https address.${base ? ` ${base.href} redirected there.` : ''}`);
}

function redirectTarget(from: URL, location: string | undefined): URL {
  const target = parseAddress(location ?? '', from);
  const allowed = target.protocol === 'https:' || (from.protocol === 'http:' && isLoopback(from.hostname) && target.host === from.host);
  if (allowed) return target;
  throw new LabError('DOWNLOAD_FAILED', `${from.href} redirected to ${target.href}: only redirects to https are followed. Set another mirror.`);
}

function get(url: URL, { headers, stallMs, signal, ca }: Ask): Promise<IncomingMessage> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const trust = ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] };
    const sent = send(url, { headers: { 'user-agent': 'vsgd-lab', 'accept-encoding': 'identity', ...headers }, agent: false, signal, ...trust });
    sent.setTimeout(stallMs, () => sent.destroy(new Error(`nothing arrived for ${stallMs / 1000} s`)));
    sent.on('error', reject);
    sent.on('response', resolve);
    sent.end();
  });
}

/** The answer to a GET after redirects; its body is still to be read. Throws DOWNLOAD_FAILED for a forbidden redirect. */
export async function ask(options: Ask): Promise<IncomingMessage> {
  let url = parseAddress(options.address);
  const { host } = url;
  for (let turn = 0; turn <= maxRedirects; turn += 1) {
    // Credentials are for the host that they were given for, never for where it redirects to.
    const { authorization, ...open } = options.headers;
    const answer = await get(url, { ...options, headers: authorization !== undefined && url.host === host ? options.headers : open });
    if (![301, 302, 303, 307, 308].includes(answer.statusCode ?? 0)) return answer;
    answer.destroy();
    url = redirectTarget(url, answer.headers.location);
  }
  throw new LabError('DOWNLOAD_FAILED', `${options.address} redirects more than ${maxRedirects} times. Set another mirror.`);
}
