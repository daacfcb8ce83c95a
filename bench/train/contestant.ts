// A program that bench:train times: a child process that answers one JSON line per request.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a program says of itself once it is ready. */
export type About = { version: string; device?: string; threads: number; parameters: number; flops?: number; /** Bytes that a step holds, and milliseconds of its compilation. */ bytes?: number; compiled?: number };
export type Contestant = { name: string; command: string; args: string[] };

/** The line that names the error, else the last ones. */
function lastWords(errors: string): string {
  const lines = errors.trim().split('\n');
  return lines.findLast((line) => /^\w*Error\b/.test(line)) ?? (lines.slice(-3).join(' | ') || 'it said nothing');
}

/** A running contestant; `ask` fails with the end of what it wrote to stderr when it dies. */
export class Running {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #errors = '';

  constructor({ name, command, args }: Contestant) {
    this.name = name;
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.on('error', (error) => { this.#errors += error.message; });
    this.#child.stdin?.on('error', () => {}); // it died: the next answer tells
    this.#child.stderr?.on('data', (text: Buffer) => { this.#errors = (this.#errors + text.toString()).slice(-2000); });
    this.#answers = createInterface(this.#child.stdout as NonNullable<ChildProcess['stdout']>)[Symbol.asyncIterator]();
  }

  async ready(): Promise<About> { return (await this.#next() as { ready: About }).ready; }
  async steps(count: number): Promise<number[]> { return (await this.#ask({ steps: count }) as { times: number[] }).times; }
  /** Steps for so many seconds, at least one. */
  async seconds(seconds: number): Promise<{ times: number[]; loss?: number | null }> { return (await this.#ask({ seconds })) as { times: number[]; loss?: number | null }; }
  /** Where the engine can tell: the fastest time of each of its kernels in some steps. */
  async profile(steps: number): Promise<{ label: string; milliseconds: number }[]> { return (await this.#ask({ profile: steps }) as { kernels: { label: string; milliseconds: number }[] }).kernels; }
  async peak(): Promise<number> { return (await this.#ask({ peak: 1 }) as { gflops: number }).gflops; }
  /** Ends it; harmless when it has ended. */
  stop(): void { this.#child.kill('SIGKILL'); }

  #ask(request: object): Promise<object> {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    return this.#next();
  }

  /** The next line that is an answer: libraries may print theirs to stdout. */
  async #next(): Promise<object> {
    for (;;) {
      const { value, done } = await this.#answers.next();
      if (done) throw new Error(`${this.name} ended without an answer: ${lastWords(this.#errors)}`);
      if (value.startsWith('{')) return JSON.parse(value) as object;
    }
  }
}
