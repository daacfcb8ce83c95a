// Finds out in a child process whether an installed TensorFlow can be used: a crash there is a reason, not a crash of ours.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { childEnvironment, nodeFlags, type EngineProbe } from '#contract';

const program = fileURLToPath(new URL('./probeChild.ts', import.meta.url));
/** A first start with CUDA compiles kernels for the GPU. */
const timeoutMs = 120_000;

const answerSchema = z.object({ usable: z.boolean(), reason: z.string(), device: z.string().nullable(), devices: z.array(z.string()) });

const unusable = (reason: string): EngineProbe => ({ usable: false, reason, device: null, devices: [] });

/** The last line that a child printed, where it is an answer. */
function answerIn(output: string): EngineProbe | null {
  try {
    return answerSchema.parse(JSON.parse(output.trimEnd().split('\n').at(-1) ?? ''));
  } catch {
    return null;
  }
}

/**
 * Tries an installed engine.
 * @param folder `tensorflow-<version>-<flavour>`
 * @param options.program another program in the child's place, for tests
 */
export function probeTensorflow(folder: string, options: { program?: string; timeoutMs?: number } = {}): Promise<EngineProbe> {
  const limit = options.timeoutMs ?? timeoutMs;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...nodeFlags, options.program ?? program, folder], { stdio: ['ignore', 'pipe', 'pipe'], env: childEnvironment(process.env), timeout: limit, killSignal: 'SIGKILL' });
    const printed = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => { printed.stdout += chunk.toString(); });
    child.stderr.on('data', (chunk: Buffer) => { printed.stderr = (printed.stderr + chunk.toString()).slice(-4000); });
    child.on('error', (error) => resolve(unusable(`The process that tries TensorFlow could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      const answer = code === 0 ? answerIn(printed.stdout) : null;
      const tail = printed.stderr.trim().split('\n').slice(-5).join('\n');
      const end = signal === 'SIGKILL' ? `was ended by SIGKILL: it took longer than ${limit / 1000} s, or memory ran out` : signal ? `crashed with ${signal}` : `ended with exit code ${code} and no answer`;
      resolve(answer ?? unusable(`TensorFlow does not run here: the process that tried it ${end}.${tail ? `\n${tail}` : ''}`));
    });
  });
}
