// Runs the command line as a user would: a real process, a home of its own, JSON read back.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src-main/cli/main.ts', import.meta.url));

export type Outcome = { status: number | null; stdout: string; stderr: string };

/** A home in a temporary folder, with the command line bound to it. */
export type LabHome = {
  home: string;
  lab(...args: string[]): Outcome;
  json<T>(...args: string[]): T;
  start(...args: string[]): ChildProcess;
  remove(): void;
};

/** Makes an empty home. `remove` it when the test ends. */
export function createLabHome(): LabHome {
  const home = mkdtempSync(join(tmpdir(), 'vsgd-lab-home-'));
  const environment = () => ({ ...process.env, VSGD_LAB_HOME: home, NO_COLOR: '1' });
  const lab = (...args: string[]): Outcome => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { env: environment(), encoding: 'utf8', maxBuffer: 2 ** 28 });
    return { status, stdout, stderr };
  };
  return {
    home,
    lab,
    json<T>(...args: string[]): T {
      const outcome = lab(...args, '--json');
      if (outcome.status !== 0) throw new Error(`vsgd-lab ${args.join(' ')} exited with ${outcome.status}: ${outcome.stderr}`);
      return JSON.parse(outcome.stdout) as T;
    },
    start: (...args) => spawn(process.execPath, [main, ...args], { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] }),
    remove: () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }),
  };
}
