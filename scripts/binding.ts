// `node scripts/binding.ts OUT [WHEEL]`: makes the prebuilt TensorFlow binding of this platform for a release. Without a wheel, pip fetches it.
// `node scripts/binding.ts --name`: only prints the name of its file, which says what it is made of.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bindingPath, buildTensorflowBinding, prebuiltName } from '../src-main/training/engines/tensorflow/build.ts';

/** The TensorFlow that releases carry bindings for, and a Python whose wheels have it (the library inside does not depend on it). */
const version = process.env.TENSORFLOW_VERSION ?? '2.21.0';
const python = '3.11';

function run(command: string, args: string[], cwd?: string): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit', ...(cwd ? { cwd } : {}) });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with status ${status}.`);
}

/** The wheel's file, fetched into `folder`. macOS and arm64 have one package, x64 Linux a smaller one without CUDA. */
function fetchWheel(folder: string): string {
  const name = process.platform === 'linux' && process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow';
  run('pip', ['download', '--no-deps', '--only-binary=:all:', '--python-version', python, '--dest', folder, `${name}==${version}`]);
  const wheel = readdirSync(folder).find((file) => file.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip has fetched no wheel.');
  return join(folder, wheel);
}

async function main([out = 'bindings', given]: string[]): Promise<void> {
  if (out === '--name') return console.log(prebuiltName(version));
  const scratch = mkdtempSync(join(tmpdir(), 'vsgd-lab-binding-'));
  try {
    const wheel = given ? resolve(given) : fetchWheel(scratch);
    const folder = join(scratch, `tensorflow-${version}-cpu`);
    mkdirSync(folder);
    run('unzip', ['-q', wheel, 'tensorflow/include/*', 'tensorflow/libtensorflow*'], folder);
    const { bindingHash } = await buildTensorflowBinding({ folder, compile: true, onLine: (line) => console.log(line) });
    mkdirSync(out, { recursive: true });
    const file = join(out, prebuiltName(version));
    copyFileSync(bindingPath(folder), file);
    console.log(`${file}\nsources ${bindingHash}\nsha256  ${createHash('sha256').update(readFileSync(file)).digest('hex')}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
