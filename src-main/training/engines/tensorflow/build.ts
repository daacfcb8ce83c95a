// Gives an installed TensorFlow its binding: a prebuilt one where there is one, otherwise compiled from the package's sources and ours.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironment, LabError, outsideArchive, type TensorflowManifest } from '#contract';
import { readEngineManifest } from '../installed.ts';

const resolver = createRequire(import.meta.url);
// A compiler reads no archive, and the packaged app's archive does not list these.
const ours = outsideArchive(fileURLToPath(new URL('../tensorflowNative', import.meta.url)));
const carried = outsideArchive(fileURLToPath(new URL('../../../../resources/bindings', import.meta.url)));

/** Where the binding lies in an engine's folder. */
export const bindingPath = (folder: string): string => join(folder, 'binding', 'vsgd_tensorflow.node');

const flags = ['-std=c++17', '-O3', '-ffp-contract=fast', '-fPIC', '-fvisibility=hidden', '-fno-math-errno', '-fno-trapping-math', '-DNAPI_VERSION=8', '-w'];
/** NVIDIA's wheels beside TensorFlow's, which its libraries look for by relative path; the binding, one folder deeper, as well. */
const nvidia = ['cublas', 'cuda_cupti', 'cuda_nvcc', 'cuda_nvrtc', 'cuda_runtime', 'cudnn', 'cufft', 'curand', 'cusolver', 'cusparse', 'nccl', 'nvjitlink'];

const packageFolder = (name: string): string | null => {
  try {
    return outsideArchive(dirname(resolver.resolve(`${name}/package.json`)));
  } catch {
    return null;
  }
};

const ourSources = () => readdirSync(ours).filter((file) => /\.(cc|h)$/.test(file)).sort();

/** SHA-256 over our C++ sources and how they are compiled: what an installed binding is compared with. */
export function bindingHash(): string {
  const hash = createHash('sha256').update(flags.join(' '));
  for (const file of ourSources()) hash.update(`\n${file}\n`).update(readFileSync(join(ours, file)));
  return hash.digest('hex');
}

/** Whether the binding that lies there was made from other sources than ours. Without a manifest nobody knows. */
export const isOutdated = (folder: string): boolean => ![undefined, bindingHash()].includes(readEngineManifest(folder)?.bindingHash);

/** The version of an engine's folder: by its name, or by its headers. */
function versionOf(folder: string): string {
  const named = /^tensorflow-(\d+\.\d+\.\d+)-/.exec(basename(folder))?.[1];
  if (named) return named;
  const header = join(folder, 'tensorflow/include/tensorflow/core/public/release_version.h');
  const text = existsSync(header) ? readFileSync(header, 'utf8') : '';
  return ['MAJOR', 'MINOR', 'PATCH'].map((part) => new RegExp(`TF_${part}_VERSION (\\d+)`).exec(text)?.[1] ?? '0').join('.');
}

/** Name of a prebuilt binding's file for this computer, this TensorFlow and these sources: one of another release has another name. */
export const prebuiltName = (version: string): string => `${process.platform}-${process.arch}-${version}-${bindingHash().slice(0, 16)}.node`;

const placesOfPrebuilt = (): string[] => [process.env.VSGD_LAB_BINDINGS, carried].filter((place) => place !== undefined && statSync(place, { throwIfNoEntry: false })?.isDirectory() === true) as string[];

const findPrebuilt = (folder: string): string | null => placesOfPrebuilt().map((place) => join(place, prebuiltName(versionOf(folder)))).find((file) => existsSync(file)) ?? null;

/** Why no prebuilt binding is taken, naming those that are there for this computer. */
function whyNotPrebuilt(folder: string): string {
  if (findPrebuilt(folder)) return 'the prebuilt one does not work';
  const name = prebuiltName(versionOf(folder));
  const others = placesOfPrebuilt().flatMap((place) => readdirSync(place)).filter((file) => file.startsWith(`${process.platform}-${process.arch}-`)).sort();
  return `there is no prebuilt one (${name} in the folder that VSGD_LAB_BINDINGS names, or in resources/bindings${others.length > 0 ? `; for another version of VSGD Lab or of TensorFlow there is ${others.join(', ')}` : ''})`;
}

/** Takes a prebuilt binding. The old one is not written over: a trainer may be computing with it. */
function takePrebuilt(prebuilt: string, folder: string): void {
  const target = bindingPath(folder);
  mkdirSync(dirname(target), { recursive: true });
  const scratch = mkdtempSync(join(dirname(target), 'copy-'));
  try {
    copyFileSync(prebuilt, join(scratch, basename(target)));
    renameSync(join(scratch, basename(target)), target);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const libraries = process.platform === 'darwin' ? ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'] : ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

const findCompiler = () => [process.env.CXX, 'g++', 'c++', 'clang++'].filter((name) => name !== undefined && name !== '').find((name) => spawnSync(name as string, ['--version'], { env: childEnvironment(process.env) }).status === 0);

type Needs = { compiler: string; bindings: string; headers: string };

/** What compiling needs. @throws LabError ENGINE_UNUSABLE with everything that is missing, and how to get it */
function findNeeds(folder: string): Needs {
  const [compiler, tfjs, api] = [findCompiler(), packageFolder('@tensorflow/tfjs-node-gpu'), packageFolder('node-api-headers')];
  const missing: string[] = [];
  if (!compiler) missing.push(process.platform === 'darwin' ? 'a C++ compiler: run "xcode-select --install"' : 'a C++ compiler: "apt install g++" on Debian and Ubuntu, "dnf install gcc-c++" on Fedora, or name one in CXX');
  if (!existsSync(join(folder, 'tensorflow/include/tensorflow/c/c_api.h'))) missing.push(`TensorFlow's headers in ${join(folder, 'tensorflow/include')}: install the engine again`);
  for (const library of libraries) if (!existsSync(join(folder, 'tensorflow', library))) missing.push(`${library} in ${join(folder, 'tensorflow')}: install the engine again`);
  if (!tfjs) missing.push('the package @tensorflow/tfjs-node-gpu: run "npm install"');
  if (!api) missing.push('the package node-api-headers: run "npm install"');
  if (missing.length > 0) {
    throw new LabError('ENGINE_UNUSABLE', `The TensorFlow binding cannot be compiled here, and ${whyNotPrebuilt(folder)}. Missing:\n${missing.map((item) => `- ${item}`).join('\n')}`, { place: { file: folder } });
  }
  return { compiler: compiler as string, bindings: join(tfjs as string, 'binding'), headers: join(api as string, 'include') };
}

type Watch = { onLine?: (line: string) => void; signal?: AbortSignal };

/** Runs a compiler to its end. @throws LabError with what it printed */
function runCompiler(command: string, args: string[], { onLine, signal }: Watch): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: childEnvironment(process.env), ...(signal ? { signal } : {}) });
    const lines: string[] = [];
    const listen = (chunk: Buffer) => {
      for (const line of chunk.toString().split('\n').filter(Boolean)) {
        lines.push(line);
        onLine?.(line);
      }
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('error', (cause) => reject(signal?.aborted ? new LabError('CANCELLED', 'Compiling the TensorFlow binding was cancelled.', { cause }) : new LabError('ENGINE_UNUSABLE', `The compiler ${command} could not be run: ${cause.message}`, { cause })));
    child.on('close', (code, death) => {
      if (code === 0) resolve();
      else reject(new LabError('ENGINE_UNUSABLE', `Compiling the TensorFlow binding failed (${death ?? `exit status ${code}`}):\n${lines.slice(-30).join('\n')}`));
    });
  });
}

function linkFlags(folder: string): string[] {
  const tensorflow = join(folder, 'tensorflow');
  if (process.platform === 'darwin') return ['-undefined', 'dynamic_lookup', ...libraries.map((library) => join(tensorflow, library)), '-Wl,-rpath,@loader_path/../tensorflow'];
  const places = ['$ORIGIN/../tensorflow', ...nvidia.map((name) => `$ORIGIN/../nvidia/${name}/lib`)];
  return [`-L${tensorflow}`, ...libraries.map((library) => `-l:${library}`), `-Wl,-rpath,${places.join(':')}`];
}

/** Compiles every source on its own, as many at a time as there are processors, and links them in a scratch folder beside the target. */
async function compile(folder: string, watch: Watch): Promise<void> {
  const { compiler, bindings, headers } = findNeeds(folder);
  const target = bindingPath(folder);
  mkdirSync(dirname(target), { recursive: true });
  const scratch = mkdtempSync(join(dirname(target), 'build-'));
  const includes = [ours, bindings, headers, join(folder, 'tensorflow/include')].map((path) => `-I${path}`);
  // module.cc brings the package's tfjs_binding.cc along.
  const sources = [...ourSources().filter((file) => file.endsWith('.cc')).map((file) => join(ours, file)), join(bindings, 'tfjs_backend.cc')];
  try {
    const waiting = sources.map((source) => [source, join(scratch, `${basename(source)}.o`)] as const);
    const objects = waiting.map(([, object]) => object);
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        watch.onLine?.(`compiling ${basename(next[0])}`);
        await runCompiler(compiler, [...flags, ...includes, '-c', next[0], '-o', next[1]], watch);
      }
    };
    await Promise.all(Array.from({ length: Math.min(8, availableParallelism()) }, work));
    watch.onLine?.('linking');
    const made = join(scratch, basename(target));
    await runCompiler(compiler, ['-shared', ...objects, '-o', made, ...linkFlags(folder)], watch);
    renameSync(made, target);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Puts the binding into an engine's folder: `folder/binding/vsgd_tensorflow.node`. A prebuilt one from the same sources is taken where it is there.
 * @param options.folder with TensorFlow's libraries and headers in `tensorflow/`
 * @param options.compile even where there is a prebuilt one, which may not work here
 * @param options.onLine hears what is being done
 * @returns the hash of the sources, which is written into the folder's manifest, too
 * @throws LabError ENGINE_UNUSABLE, CANCELLED
 */
export async function buildTensorflowBinding({ folder, compile: anew = false, ...watch }: { folder: string; compile?: boolean } & Watch): Promise<{ bindingHash: string; prebuilt: boolean }> {
  const prebuilt = anew ? null : findPrebuilt(folder);
  if (prebuilt) {
    takePrebuilt(prebuilt, folder);
    watch.onLine?.(`taking the prebuilt ${basename(prebuilt)}`);
  } else {
    await compile(folder, watch);
  }
  const manifest = readEngineManifest(folder);
  if (manifest) {
    const file = join(folder, 'manifest.json');
    writeFileSync(`${file}.new`, `${JSON.stringify({ ...manifest, bindingHash: bindingHash() } satisfies TensorflowManifest, null, 2)}\n`);
    renameSync(`${file}.new`, file);
  }
  return { bindingHash: bindingHash(), prebuilt: prebuilt !== null };
}
