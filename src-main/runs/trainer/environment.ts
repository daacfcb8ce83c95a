// What a run was computed on: versions, host, processor, and the repository it was launched in.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import os from 'node:os';
import { childEnvironment, type Environment } from '#contract';

const load = createRequire(import.meta.url);

/** This product's version. */
export const { version } = load('../../../package.json') as { version: string };

function gitOf(folder: string): Environment['git'] {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: folder, encoding: 'utf8', timeout: 2000, env: childEnvironment(process.env) });
  const head = git('rev-parse', 'HEAD');
  if (head.status !== 0) return null;
  return { commit: head.stdout.trim(), dirty: git('status', '--porcelain', '--untracked-files=no').stdout?.trim() !== '' };
}

/** Collects the environment; the repository is that of the working folder. */
export function collectEnvironment(): Environment {
  const tfjs = (load('@tensorflow/tfjs-core/package.json') as { version: string }).version;
  return {
    versions: { vsgdLab: version, node: process.versions.node, tfjs }, host: os.hostname(), os: `${os.type()} ${os.release()} ${os.arch()}`,
    cpu: os.cpus()[0]?.model ?? 'unknown', cores: os.cpus().length, memoryBytes: os.totalmem(), gpu: null, git: gitOf(process.cwd()),
  };
}
