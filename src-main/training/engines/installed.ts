// Engines that were installed besides the program: the folders `tensorflow-<version>-<cpu|cuda>` in the engines' folder.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tensorflowManifest, type TensorflowManifest } from '#contract';

/** `name`: as `engines install` takes it. */
export type InstalledEngine = { name: 'tensorflow' | 'tensorflow-cuda'; folder: string; manifest: TensorflowManifest };

/** The manifest of an engine's folder; null where it has none that can be read. */
export function readEngineManifest(folder: string): TensorflowManifest | null {
  try {
    return tensorflowManifest.parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));
  } catch {
    return null;
  }
}

/** Every installed engine, the newest version first. */
export function listInstalled(engines: string): InstalledEngine[] {
  const names = existsSync(engines) ? readdirSync(engines) : [];
  const found = names.filter((name) => name.startsWith('tensorflow-')).flatMap((name): InstalledEngine[] => {
    const manifest = readEngineManifest(join(engines, name));
    return manifest ? [{ name: manifest.flavour === 'cuda' ? 'tensorflow-cuda' : 'tensorflow', folder: join(engines, name), manifest }] : [];
  });
  return found.sort((one, other) => other.manifest.version.localeCompare(one.manifest.version, 'en', { numeric: true }));
}
