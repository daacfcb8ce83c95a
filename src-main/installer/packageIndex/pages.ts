// Asks a package index for the files of a project: JSON (PEP 691) or a page of links (PEP 503), whichever it answers.
import { entryOf, LabError } from '#contract';
import { ask, drain } from '#datasets';
import { z } from 'zod';
import type { PackageIndex } from './configuration.ts';
import { normalize } from './wheels.ts';

/** A file of a project. `authorization`: for its host, where that is the index's own. */
export type IndexFile = { file: string; address: string; sha256: string | null; bytes: number | null; yanked: boolean; authorization: string | null };

const longestPage = 64 << 20;
const stallMs = 30_000;
const accept = 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1';

const pageSchema = z.object({
  files: z.array(z.object({
    filename: z.string(), url: z.string(), size: z.number().nullish(), yanked: z.union([z.boolean(), z.string()]).nullish(),
    hashes: z.record(z.string(), z.string()).optional(),
  })),
});

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" };
const decode = (text: string): string => text.replaceAll(/&(#?\w+);/g, (whole, name: string) => entryOf(entities, name) ?? whole);

type Link = { file: string; href: string; yanked: boolean };

function linksOf(html: string): Link[] {
  return [...html.matchAll(/<a\s([^>]*)>([^<]*)<\/a>/gi)].flatMap(([, attributes = '', text = '']) => {
    const href = /\bhref\s*=\s*("([^"]*)"|'([^']*)')/i.exec(attributes);
    const target = href?.[2] ?? href?.[3];
    return target === undefined ? [] : [{ file: decode(text).trim(), href: decode(target), yanked: /\bdata-yanked\b/i.test(attributes) }];
  });
}

/** An address as the page gives it, resolved, its own credentials and fragment taken off. */
function resolveLink(href: string, base: string): { address: string; own: string | null; sha256: string | null } | null {
  const url = URL.parse(href, base);
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  const sha256 = /^#(?:.*&)?sha256=([0-9a-f]{64})\b/i.exec(url.hash)?.[1]?.toLowerCase() ?? null;
  const own = url.username === '' ? null : `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')}`;
  url.username = url.password = url.hash = '';
  return { address: url.href, own, sha256 };
}

type Page = { text: string; type: string; base: string };

/** The files on a page. @throws Error where it is not what it says */
export function parsePage({ text, type, base }: Page, authorization: string | null): IndexFile[] {
  const host = new URL(base).host;
  const complete = (href: string, rest: Pick<IndexFile, 'file' | 'bytes' | 'yanked'> & { sha256?: string | null }): IndexFile[] => {
    const link = resolveLink(href, base);
    if (link === null) return [];
    const { address, own, sha256 } = link;
    return [{ ...rest, address, sha256: rest.sha256?.toLowerCase() ?? sha256, authorization: own ?? (new URL(address).host === host ? authorization : null) }];
  };
  if (/\bjson\b/.test(type)) {
    return pageSchema.parse(JSON.parse(text)).files.flatMap(({ filename, url, size, yanked, hashes }) =>
      complete(url, { file: filename, bytes: size ?? null, yanked: yanked !== undefined && yanked !== null && yanked !== false, sha256: hashes?.sha256 }));
  }
  return linksOf(text).flatMap(({ file, href, yanked }) => complete(href, { file, bytes: null, yanked }));
}

async function readText(chunks: AsyncIterable<Buffer>): Promise<string> {
  const read: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > longestPage) throw new Error(`its page is longer than ${longestPage} bytes`);
    read.push(chunk);
  }
  return Buffer.concat(read).toString('utf8');
}

export type AskOptions = { ca: string | null; signal?: AbortSignal };

/** The files of a project in one index; null where the index does not have it. @throws LabError DOWNLOAD_FAILED, CANCELLED */
export async function listProject(project: string, { address, authorization }: PackageIndex, { ca, signal }: AskOptions): Promise<IndexFile[] | null> {
  const page = `${address}${normalize(project)}/`;
  try {
    const answer = await ask({ address: page, headers: { accept, ...(authorization ? { authorization } : {}) }, stallMs, signal, ...(ca ? { ca } : {}) });
    try {
      const status = answer.statusCode ?? 0;
      if (status === 404) return null;
      if (status === 401 || status === 403) throw new Error(`it answered ${status}: it wants other credentials, or does not let this computer in`);
      if (status !== 200) throw new Error(`it answered ${status}`);
      return parsePage({ text: await readText(drain(answer)), type: answer.headers['content-type'] ?? '', base: page }, authorization);
    } finally {
      answer.destroy();
    }
  } catch (cause) {
    if (signal?.aborted) throw new LabError('CANCELLED', 'Asking the package index was cancelled.', { cause });
    if (cause instanceof LabError) throw cause;
    throw new LabError('DOWNLOAD_FAILED', `The package index ${address} could not be asked for ${project}: ${(cause as Error).message}. Check the network, set another index (--index, or PIP_INDEX_URL as for pip), or give the wheel's file (--wheel).`, { cause });
  }
}
