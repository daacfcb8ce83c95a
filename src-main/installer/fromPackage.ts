// Takes the libraries of a Python package that is installed already: hard links, which outlive its removal, or copies across disks.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { copyFile, link, mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { LabError } from '#contract';
import { checkCancelled, type Flavour, type InstallContext } from './context.ts';
import { parseWheelName } from './packageIndex/wheels.ts';
import { belongs } from './unpack.ts';

/** An installed Python package: the folder of packages that it lies in, and its version. */
export type PythonPackage = { packages: string; version: string };

const noPackage = (path: string, why: string): LabError => new LabError('NOT_FOUND', `${path} is no TensorFlow that the engine could be made of: ${why}. Give the folder 'tensorflow' of an installed Python package, or the one above it: python3 -c "import tensorflow; print(tensorflow.__path__[0])" tells it.`, { place: { file: path } });

function versionOf(packages: string): string | null {
  const names = readdirSync(packages).map((name) => /^(tensorflow|tensorflow_cpu)-([^-]+)\.dist-info$/.exec(name)?.[2]).filter((version) => version !== undefined);
  if (names[0] !== undefined) return names[0];
  const header = join(packages, 'tensorflow', 'include', 'tensorflow', 'core', 'public', 'release_version.h');
  if (!existsSync(header)) return null;
  const numbers = ['MAJOR', 'MINOR', 'PATCH'].map((part) => new RegExp(`TF_${part}_VERSION (\\d+)`).exec(readFileSync(header, 'utf8'))?.[1]);
  return numbers.includes(undefined) ? null : numbers.join('.');
}

/** Finds the package at `path`. @throws LabError NOT_FOUND with what is missing */
export function findPackage(path: string, flavour: Flavour): PythonPackage {
  const given = resolve(path);
  const packages = [given, ...(basename(given) === 'tensorflow' ? [dirname(given)] : [])].find((folder) => existsSync(join(folder, 'tensorflow')) && statSync(join(folder, 'tensorflow')).isDirectory());
  if (packages === undefined) throw noPackage(given, 'there is no folder tensorflow');
  if (!existsSync(join(packages, 'tensorflow', 'include'))) throw noPackage(given, 'its headers (tensorflow/include) are missing');
  if (!readdirSync(join(packages, 'tensorflow')).some((name) => name.startsWith('libtensorflow_cc'))) throw noPackage(given, 'its library (tensorflow/libtensorflow_cc) is missing');
  if (flavour === 'cuda' && !existsSync(join(packages, 'nvidia'))) throw noPackage(given, 'NVIDIA\'s libraries (nvidia/ beside it, from pip install "tensorflow[and-cuda]") are missing');
  const version = versionOf(packages);
  if (version === null || parseWheelName(`tensorflow-${version}-py3-none-any.whl`) === null) throw noPackage(given, 'its version cannot be told');
  return { packages, version };
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
}

async function take(from: string, to: string): Promise<void> {
  try {
    if ((await stat(from)).isFile()) await link(from, to);
  } catch {
    await copyFile(from, to); // another disk, or a system without links
  }
}

/** Brings the package's files into `folder`, in their own places. @throws LabError CANCELLED */
export async function takePackage({ packages }: PythonPackage, folder: string, { signal, onProgress }: InstallContext): Promise<void> {
  const files = [...filesBelow(join(packages, 'tensorflow')), ...filesBelow(join(packages, 'nvidia'))].filter((file) => belongs(relative(packages, file).split(sep).join('/')));
  for (const [index, file] of files.entries()) {
    checkCancelled(signal);
    const target = join(folder, relative(packages, file));
    await mkdir(dirname(target), { recursive: true });
    await take(file, target);
    if (index % 100 === 0) onProgress?.({ stage: 'unpack', done: index, total: files.length, unit: 'steps', detail: packages });
  }
}
