// What the result of a try depends on: versions, drivers and the variables that choose between devices. Other facts, and it is tried again.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { CandidateName, EnginesFolder } from '../candidates.ts';
import { listInstalled } from '../installed.ts';

const load = createRequire(import.meta.url);
const variables = ['CUDA_VISIBLE_DEVICES', 'VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'LD_LIBRARY_PATH', 'VSGD_LAB_ADAPTER', 'VSGD_LAB_DAWN_FEATURES', 'VSGD_LAB_ENGINE_MODULE'];
const driverFolders = ['/dev/dri', '/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
const vulkan = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'].map((folder) => join(folder, 'libvulkan.so.1'));
const driverFiles = ['/proc/driver/nvidia/version', '/sys/module/amdgpu/version', '/sys/module/nvidia/version'];

const attempt = <T>(read: () => T): T | null => {
  try {
    return read();
  } catch {
    return null; // not on this computer
  }
};

const drivers = (): unknown[] => [
  ...driverFolders.map((folder) => attempt(() => readdirSync(folder).sort())),
  ...driverFiles.map((file) => attempt(() => readFileSync(file, 'utf8'))),
  vulkan.map((file) => existsSync(file)),
  attempt(() => readdirSync('/dev').filter((name) => /^(nvidia|dxg|kfd)/.test(name)).sort()),
];

const bindings = (engines: EnginesFolder): unknown[] => (engines === null ? [] : listInstalled(engines).map(({ folder, manifest }) => [manifest, attempt(() => statSync(join(folder, 'binding', 'vsgd_tensorflow.node')).mtimeMs)]));

/** A digest of all that a candidate's usability may depend on. */
export function factsOf(name: CandidateName, engines: EnginesFolder): string {
  const { version } = load('../../../../package.json') as { version: string };
  const own = name === 'webgpu' ? [attempt(() => (load('webgpu/package.json') as { version: string }).version)] : name.startsWith('tensorflow') ? bindings(engines) : [];
  const facts = [version, process.versions.node, process.platform, process.arch, variables.map((variable) => process.env[variable] ?? null), drivers(), own];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
