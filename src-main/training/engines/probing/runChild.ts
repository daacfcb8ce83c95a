// Runs a small program of ours in a child process and takes its answer; a crash, a hang or rubbish there is a reason in words here.
import { spawn } from 'node:child_process';
import { childEnvironment, LabError, nodeFlags, outsideArchive } from '#contract';

/** `program`: its path; `request`: handed over as JSON in its argument. `onLine`: lines of its output that are not the answer. */
export type ChildOptions = { program: string; request: unknown; timeoutMs: number; signal?: AbortSignal; onLine?: (line: string) => void };
export type ChildOutcome = { answer: unknown } | { failure: string };

/** The line that is the answer begins so; libraries may print what they like before it. */
export const answerMark = 'vsgd-lab answer: ';
const keptBytes = 4000;

type Ended = { code: number | null; signal: NodeJS.Signals | null; timedOut: boolean };

function describe({ code, signal, timedOut }: Ended, said: string, timeoutMs: number): string {
  const last = said.trim().split('\n').filter((line) => line.trim() !== '').slice(-3).join(' ').slice(-600);
  const how = timedOut ? `did not answer within ${Math.round(timeoutMs / 1000)} s` : signal ? `crashed with ${signal}` : `ended with exit code ${code}`;
  return `The process that tried it ${how}.${last === '' ? '' : ` It said: ${last}`}`;
}

/** @throws LabError CANCELLED */
export function runChild({ program, request, timeoutMs, signal, onLine }: ChildOptions): Promise<ChildOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.env.VSGD_LAB_NODE ?? process.execPath, [...nodeFlags, outsideArchive(program), JSON.stringify(request)], { stdio: ['ignore', 'pipe', 'pipe'], env: childEnvironment(process.env) });
    let [said, rest, timedOut] = ['', '', false];
    let answer: string | null = null;
    const kill = (): void => void child.kill('SIGKILL');
    const timer = setTimeout(() => { timedOut = true; kill(); }, timeoutMs);
    signal?.addEventListener('abort', kill, { once: true });
    child.stderr.on('data', (chunk: Buffer) => { said = (said + chunk.toString('utf8')).slice(-keptBytes); });
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith(answerMark)) answer = line.slice(answerMark.length); else onLine?.(line);
    });
    const finish = (outcome: ChildOutcome): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
      if (signal?.aborted) reject(new LabError('CANCELLED', 'It was cancelled.'));
      else resolve(outcome);
    };
    child.once('error', (error) => finish({ failure: `No process could be started to try it: ${error.message}` }));
    child.once('close', (code, ended) => {
      try {
        if (answer !== null && (code === 0 || ended === null)) return finish({ answer: JSON.parse(answer) });
      } catch {
        // rubbish counts as no answer
      }
      finish({ failure: describe({ code, signal: ended, timedOut }, said, timeoutMs) });
    });
    if (signal?.aborted) kill();
  });
}
