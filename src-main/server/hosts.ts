// Which names are ours: what a Host header may say, and where the server may listen.
import { hostname, networkInterfaces } from 'node:os';
import { LabError } from '#contract';

const loopback = ['127.0.0.1', 'localhost', '[::1]'];

/** Whether only this computer can reach an address. */
export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

const bracketed = (address: string) => (address.includes(':') ? `[${address.split('%')[0] as string}]` : address);

/** Names that a Host header may carry, in lower case, without port. A foreign name that leads here (DNS rebinding) is none of them. */
export function ownHosts(bound: string): Set<string> {
  const own = new Set([...loopback, bracketed(bound.toLowerCase())]);
  if (isLoopback(bound)) return own;
  for (const addresses of Object.values(networkInterfaces())) for (const { address } of addresses ?? []) own.add(bracketed(address.toLowerCase()));
  return own.add(hostname().toLowerCase());
}

/** Refuses to listen to the network unless that was asked for. Returns the warning to show, or null. @throws LabError USAGE */
export function checkBinding(host: string, allowRemote: boolean): string | null {
  if (isLoopback(host)) return null;
  if (!allowRemote) throw new LabError('USAGE', `--host ${host} would let other computers in. Give --allow-remote too if that is meant; or keep 127.0.0.1 and use ssh -L to reach it.`, { place: { key: '--host' } });
  return `Other computers can reach this server at ${host}. Whoever has the token can run programs as you, and the connection is not encrypted: use it only in a network that you trust. Requests that name files, mirrors or package indexes of this computer are refused.`;
}
