// Installed engines of tests: folders that look like one, and the environment in which stand-ins compute.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TensorflowManifest } from '#contract';

/** A module with engines that do what FAKE_ENGINES says. */
export const fakeEngines = fileURLToPath(new URL('./programs/fakeEngines.ts', import.meta.url));

/** Makes an engine's folder in `engines`. */
export function pretendInstalled(engines: string, flavour: 'cpu' | 'cuda', version = '2.21.0'): string {
  const folder = join(engines, `tensorflow-${version}-${flavour}`);
  const manifest: TensorflowManifest = { format: 1, name: 'tensorflow', version, flavour, bindingHash: '', source: 'a test', installedAt: new Date(0).toISOString() };
  for (const part of ['tensorflow', 'binding']) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'binding', 'vsgd_tensorflow.node'), 'binding');
  return folder;
}
