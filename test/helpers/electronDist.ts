// A stand-in for Electron's distribution folder: a program that holds nothing but the fuse wire, as docs/tutorial/fuses.md lays it out.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';

/** Fuses of wire version 1, in the order of the wire. */
export const fuseNames = ['runAsNode', 'enableCookieEncryption', 'enableNodeOptionsEnvironmentVariable', 'enableNodeCliInspectArguments', 'enableEmbeddedAsarIntegrityValidation', 'onlyLoadAppFromAsar', 'loadBrowserProcessSpecificV8Snapshot', 'grantFileProtocolExtraPrivileges'] as const;

/** Makes the folder for Linux, with the fuses as Electron ships them; the path of its program. */
export function createStandInElectron(folder: string): string {
  mkdirSync(join(folder, 'resources'), { recursive: true });
  const shipped = '10110001';
  const program = join(folder, 'electron');
  writeFileSync(program, Buffer.concat([Buffer.from('#!/bin/sh\nexit 0\n'), Buffer.from(sentinel), Buffer.from([1, shipped.length]), Buffer.from(shipped)]));
  chmodSync(program, 0o755);
  writeFileSync(join(folder, 'version'), '45.4.1');
  for (const file of ['LICENSE', 'LICENSES.chromium.html']) writeFileSync(join(folder, file), '');
  return program;
}

/** Reads the wire of a program back. */
export function readFuses(program: string): Record<string, boolean> {
  const bytes = readFileSync(program);
  const start = bytes.indexOf(sentinel) + sentinel.length;
  const states = bytes.subarray(start + 2, start + 2 + (bytes[start + 1] ?? 0)).toString();
  return Object.fromEntries(fuseNames.map((name, index) => [name, states[index] === '1']));
}
