// Names of wheels: project, version, platforms; which of them fit this computer, and which version is newer.
import { release } from 'node:os';
import { LabError } from '#contract';

/** What a wheel's file name says. `platforms`: its platform tags. */
export type WheelName = { project: string; version: string; platforms: string[] };
/** This computer as wheels see it; `glibc` and `macos` as [major, minor], null where it has none. */
export type Platform = { system: string; arch: string; glibc: number[] | null; macos: number[] | null };

/** Project names are compared in this form. */
export const normalize = (project: string): string => project.toLowerCase().replaceAll(/[-_.]+/g, '-');

/** Parts of a wheel's file name; null for what is no wheel, or whose name could lead out of a folder. */
export function parseWheelName(file: string): WheelName | null {
  if (!/^[A-Za-z0-9_.+!-]+\.whl$/.test(file) || file.startsWith('.')) return null;
  const parts = file.slice(0, -'.whl'.length).split('-');
  const [project, version, platforms] = [parts[0], parts[1], parts.at(-1)];
  if (parts.length < 5 || parts.length > 6 || !project || !version || !platforms) return null;
  return { project: normalize(project), version, platforms: platforms.split('.') };
}

/** Numbers of a final release ("2.21.0", "12.9.1.4", "1.0.post2"); null for previews, which are never taken unasked. */
export function releaseNumbers(version: string): number[] | null {
  const found = /^(\d+(?:\.\d+)*)(?:\.post(\d+))?$/.exec(version);
  return found ? [...(found[1] as string).split('.').map(Number), ...(found[2] === undefined ? [] : [Number(found[2])])] : null;
}

/** Below zero where `one` is older. */
export function compareNumbers(one: readonly number[], other: readonly number[]): number {
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const operators: Record<string, (difference: number) => boolean> = { '<': (d) => d < 0, '<=': (d) => d <= 0, '>': (d) => d > 0, '>=': (d) => d >= 0, '==': (d) => d === 0, '!=': (d) => d !== 0 };

/** Whether a release meets a requirement as "<13.0,>=12.5.3.2". */
export function meets(numbers: readonly number[], requirement: string): boolean {
  return requirement.split(',').map((part) => part.trim()).filter((part) => part !== '').every((part) => {
    const [, operator = '==', version = ''] = /^([<>=!]=?)\s*([\d.]+)$/.exec(part) ?? [];
    return operators[operator]?.(compareNumbers(numbers, version.split('.').map(Number))) ?? false;
  });
}

const wheelArch: Record<string, string> = { x64: 'x86_64', arm64: 'aarch64' };
const oldNames: Record<string, string> = { manylinux2014: '2_17', manylinux2010: '2_12', manylinux1: '2_5' };

/** Whether a platform tag is for this computer. */
export function fitsPlatform(tag: string, { arch, glibc, macos }: Platform): boolean {
  if (tag === 'any') return true;
  const [, name, numbers, machine] = /^(manylinux\d*|macosx)_(?:(\d+_\d+)_)?(x86_64|aarch64|arm64|universal2)$/.exec(tag) ?? [];
  const needed = (numbers ?? oldNames[name ?? ''])?.split('_').map(Number);
  if (needed === undefined) return false;
  if (name === 'macosx') return macos !== null && compareNumbers(macos, needed) >= 0 && (machine === 'universal2' || machine === (arch === 'arm64' ? 'arm64' : 'x86_64'));
  return glibc !== null && machine === wheelArch[arch] && compareNumbers(glibc, needed) >= 0;
}

function glibcVersion(): number[] | null {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime?.split('.').map(Number) ?? null;
}

/** This computer. */
export function thisPlatform(): Platform {
  const darwin = Number(release().split('.')[0]);
  return { system: process.platform, arch: process.arch, glibc: process.platform === 'linux' ? glibcVersion() : null, macos: process.platform === 'darwin' ? [darwin >= 25 ? darwin + 1 : darwin - 9, 0] : null };
}

/** @throws LabError ENGINE_UNUSABLE where TensorFlow cannot be had, with what can be used instead */
export function checkPlatform({ system, arch, glibc }: Platform, flavour: 'cpu' | 'cuda'): void {
  const refuse = (why: string): never => { throw new LabError('ENGINE_UNUSABLE', `The TensorFlow engine cannot be installed here: ${why}. Use the engine webgpu, which works with any GPU, or wasm, which is part of the program.`); };
  if (system === 'win32') refuse('TensorFlow for Windows comes without a library to link with');
  if (!['linux', 'darwin'].includes(system) || !['x64', 'arm64'].includes(arch)) refuse(`there is no TensorFlow for ${system} on ${arch}`);
  if (system === 'darwin' && arch !== 'arm64') refuse('there is no current TensorFlow for Macs with Intel processors');
  if (system === 'linux' && glibc === null) refuse('this Linux has no glibc (it may use musl), which TensorFlow needs');
  if (flavour === 'cuda' && (system !== 'linux' || arch !== 'x64')) refuse('TensorFlow with CUDA is for Linux on x86-64');
}
