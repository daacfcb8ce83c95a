// Headers of every answer, and the small pages that the server makes itself.
import type { ServerResponse } from 'node:http';
import { firstRuns } from '#contract';
import type { Refusal } from './guard.ts';

/** Nothing from elsewhere, nothing inline, nothing evaluated, in nobody's frame. */
export const contentSecurityPolicy = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "font-src 'self'", "connect-src 'self'", "worker-src 'self'",
  "manifest-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join('; ');

/** What every answer carries, over HTTP and over the desktop app's own protocol. */
export const securityHeaders = {
  'Content-Security-Policy': contentSecurityPolicy, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', 'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Resource-Policy': 'same-origin', 'Cache-Control': 'no-store',
} as const;

/** Lets a browser ask for the newest runs while it still fetches the scripts; the address is the one that tRPC's client makes of this call. */
export const preloadRuns = `</trpc/runs.list?input=${encodeURIComponent(JSON.stringify(firstRuns))}>; rel=preload; as=fetch; crossorigin=anonymous`;

export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
}

/** A page of one paragraph; `paragraph` and `head` are ours, never a request's. */
export function sendPage(response: ServerResponse, { status = 200, paragraph, head = '' }: { status?: number; paragraph: string; head?: string }): void {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8">${head}<title>VSGD Lab</title><p>${paragraph}</p></html>\n`);
}

/** Turns a request away. The connection ends, so that an unread body is not taken for the next request. */
export function sendRefusal(response: ServerResponse, { status, message }: Refusal): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', Connection: 'close' });
  response.end(`${JSON.stringify({ error: { message } })}\n`);
}
