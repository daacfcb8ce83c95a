// A home in which the installer works, for its tests: building and trying are stand-ins that write down what they are asked; the index is real, on loopback.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Progress } from '#contract';
import { installTensorflow, type InstallContext, type InstallInput, type InstallResult } from '#installer';
import { listInstalled } from '#training';
import { startPackageIndex, tensorflowWheel, wheelFile, type Form, type Listed } from './packageIndex.ts';
import { scratchFolder } from './scratch.ts';

export const linux = { system: 'linux', arch: 'x64', glibc: [2, 36], macos: null };
export const wheelName = (version: string, project = 'tensorflow_cpu'): string => wheelFile(project, version, 'manylinux_2_17_x86_64');

/** `built`: folders whose binding was made; `tried`: versions that the probe has found, as it finds the engine of a run. */
export type InstallerHome = { context: InstallContext; home: string; seen: Progress[]; built: string[]; tried: string[] };

/** A home with tools that write down what they are asked. */
export function createHome(change: Partial<InstallContext> = {}): InstallerHome {
  const home = scratchFolder();
  const [seen, built, tried]: [Progress[], string[], string[]] = [[], [], []];
  const tools: InstallContext['tools'] = {
    async build({ folder, onLine }) {
      onLine?.('compiling');
      built.push(folder);
      mkdirSync(join(folder, 'binding'), { recursive: true });
      writeFileSync(join(folder, 'binding', 'vsgd_tensorflow.node'), 'binding');
      return { bindingHash: 'h1' };
    },
    hash: () => 'h1',
    async probe(name, engines) {
      tried.push(listInstalled(engines).find((engine) => engine.name === name)?.manifest.version ?? 'none');
      return { usable: true, reason: 'It computes.', device: 'CPU' };
    },
  };
  return { home, seen, built, tried, context: { engines: join(home, 'engines'), downloads: join(home, 'downloads'), tools, platform: linux, environment: { HOME: home, PIP_CONFIG_FILE: '/dev/null' }, onProgress: (progress) => seen.push(progress), ...change } };
}

/** An index on loopback that ends with the test. */
export async function serve(projects: Record<string, Listed[]>, form: Form = 'JSON'): ReturnType<typeof startPackageIndex> {
  const index = await startPackageIndex(projects, form);
  onTestFinished(() => index.close());
  return index;
}

export const usual = (): Record<string, Listed[]> => ({ 'tensorflow-cpu': [{ file: wheelName('2.21.0'), content: tensorflowWheel() }] });
export const install = ({ context }: InstallerHome, index: string, input: Partial<InstallInput> = {}): Promise<InstallResult> => installTensorflow({ flavour: 'cpu', index, ...input }, context);

/** A wheel as a file of the user's. */
export function writeWheel(name: string, content: Buffer): string {
  const file = join(scratchFolder(), name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}
