// Compiles the kernels with AssemblyScript at their first use and keeps the result, keyed by sources and compiler, in a cache outside the repository.
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LabError } from '#contract';
import { generateTiles } from './generate.ts';
import { generateWinograd } from './winograd.ts';

const folder = fileURLToPath(new URL('../wasmAssembly', import.meta.url));
const modulesCache = fileURLToPath(new URL('../../../../node_modules/.cache/vsgd-lab', import.meta.url));

const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd,relaxed-simd,threads,bulk-memory', '--importMemory', '--sharedMemory', '--initialMemory', '16', '--maximumMemory', '65536'];

/** A module that multiplies and adds in one instruction: valid only where relaxed SIMD is known. */
const relaxedProbe = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 253, 133, 2, 11,
]);

/** Whether this computer's WebAssembly has fused multiply-add (relaxed SIMD). */
export const hasRelaxedSimd = (): boolean => WebAssembly.validate(relaxedProbe);

function readSources(relaxed: boolean): Map<string, string> {
  const sources = new Map(readdirSync(folder).filter((file) => file.endsWith('.ts')).sort().map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  return sources.set('generated.ts', generateTiles(relaxed)).set('winograd.ts', generateWinograd());
}

async function compile(sources: Map<string, string>): Promise<Uint8Array> {
  const { default: asc } = await import('assemblyscript/asc');
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(['index.ts', ...options, '--outFile', 'kernels.wasm'], {
    readFile: (name: string) => sources.get(name.replace(/^\.\//, '')) ?? null,
    writeFile: (_name: string, contents: Uint8Array | string) => { if (typeof contents !== 'string') binary = contents; },
    listFiles: () => [],
  });
  if (error || binary === undefined) throw new LabError('ENGINE_UNUSABLE', `The wasm engine's kernels could not be compiled: ${error?.message ?? 'no output'}\n${stderr.toString()}`, { cause: error });
  return binary;
}

/** Where compiled kernels and what was measured are kept; the first that can be written to. */
export function cacheFolders(): string[] {
  return process.env.VSGD_LAB_CACHE ? [process.env.VSGD_LAB_CACHE] : [modulesCache, join(tmpdir(), `vsgd-lab-cache-${process.getuid?.() ?? 'user'}`)];
}

/** Writes a file into the cache, whole or not at all. */
export function keep(name: string, binary: Uint8Array): void {
  for (const cache of cacheFolders()) {
    try {
      mkdirSync(cache, { recursive: true, mode: 0o700 });
      const temporary = join(cache, `${name}.${randomUUID()}`);
      writeFileSync(temporary, binary);
      renameSync(temporary, join(cache, name));
      return;
    } catch {
      // A folder that cannot be written to: the next one, or compile again next time.
    }
  }
}

/** The kernels' WebAssembly, compiled or from the cache; several processes may ask at once. */
export async function buildKernels(relaxed: boolean): Promise<Uint8Array> {
  const sources = readSources(relaxed);
  const compiler = readFileSync(fileURLToPath(new URL('../../../../node_modules/assemblyscript/package.json', import.meta.url)), 'utf8');
  const hash = createHash('sha256').update(JSON.stringify([...sources, options, (JSON.parse(compiler) as { version: string }).version])).digest('hex');
  const name = `kernels-${hash.slice(0, 32)}.wasm`;
  for (const cache of cacheFolders()) {
    try {
      return readFileSync(join(cache, name));
    } catch {
      // Not there yet.
    }
  }
  const binary = await compile(sources);
  keep(name, binary);
  return binary;
}
