// The app's own origin, `app://vsgd-lab`: what belongs to it, what may be opened elsewhere.
import type { WebFrameMain } from 'electron';

export const scheme = 'app';
const host = 'vsgd-lab';
export const startAddress = `${scheme}://${host}/`;

/** Sites that a link may open in the person's browser. */
export const allowedSites: readonly string[] = ['https://arxiv.org', 'https://github.com', 'https://openreview.net', 'https://pytorch.org', 'https://hydra.cc', 'https://www.cs.toronto.edu'];

function parse(address: string): URL | null {
  return URL.canParse(address) ? new URL(address) : null;
}

/** Whether an address is one of our pages. */
export function isOwnPage(address: string): boolean {
  const url = parse(address);
  return url !== null && url.protocol === `${scheme}:` && url.host === host && url.username === '' && url.password === '';
}

/** Whether a message comes from our page itself: not from a frame in it, nor from a frame that is gone. */
export function isOwnFrame(frame: Pick<WebFrameMain, 'url' | 'parent'> | null): boolean {
  return frame !== null && frame.parent === null && isOwnPage(frame.url);
}

/** Whether a link may be given to the person's browser. */
export function mayOpen(address: string): boolean {
  const url = parse(address);
  return url !== null && url.protocol === 'https:' && url.username === '' && url.password === '' && allowedSites.includes(url.origin);
}
