// Whether the webgpu engine can be used here: asked in a child process, because a driver that crashes must not take us along.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childEnvironment, nodeFlags } from '#contract';

export type WebgpuProbe = {
  usable: boolean;
  /** In words a user can act on. */
  reason: string;
  /** The adapter's name and driver. */
  device: string | null;
  /** Computed by the CPU: right, and far too slow for work. */
  software: boolean;
};

const program = fileURLToPath(new URL('./webgpuProgram.ts', import.meta.url));
const patienceMs = 60_000;

const refused = (reason: string): WebgpuProbe => ({ usable: false, reason, device: null, software: false });

function parse(output: string): WebgpuProbe | null {
  const line = output.split('\n').find((one) => one.startsWith('{"usable"'));
  return line === undefined ? null : (JSON.parse(line) as WebgpuProbe);
}

/** Opens the adapter, runs a kernel and compares what it gives; never throws. */
export function probeWebgpu(): Promise<WebgpuProbe> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...nodeFlags, program], { stdio: ['ignore', 'pipe', 'pipe'], timeout: patienceMs, killSignal: 'SIGKILL', env: childEnvironment(process.env, { ELECTRON_RUN_AS_NODE: '1' }) });
    let [output, complaints] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString(); });
    child.stderr.on('data', (chunk: Buffer) => { complaints += chunk.toString(); });
    child.once('error', (error) => resolve(refused(`No process could be started to try the GPU: ${error.message}`)));
    child.once('close', (code, signal) => {
      const told = parse(output);
      if (told) return resolve(told);
      const end = signal === 'SIGKILL' ? `gave no answer within ${patienceMs / 1000} s` : signal ? `crashed with ${signal}` : `ended with exit code ${code}`;
      return resolve(refused(`The GPU's driver ${end} when it was tried; update it, or use another engine. ${complaints.trim().split('\n').slice(-3).join(' ').slice(-500)}`.trim()));
    });
  });
}
