// The trainer's voice: journal lines, flushed at least four times a second. Whoever wants to know reads the journal.
import { encodeMetric, type JournalLine } from '#contract';
import type { JournalWriter } from '../directory/journal.ts';

type WithoutTime<T> = T extends unknown ? Omit<T, 'time'> : never;

const flushEveryMs = 200;

/** When this process began: a run's start, and the only one that is known of a run which fails before its first step. */
export const began = Math.round(performance.timeOrigin);

export class Reporter {
  readonly #journal: JournalWriter;
  readonly #timer: NodeJS.Timeout;
  #flushed = 0;
  #failed = false;

  constructor(journal: JournalWriter) {
    this.#journal = journal;
    this.#timer = setInterval(() => this.flush(), flushEveryMs);
  }

  write(line: WithoutTime<JournalLine>): void {
    this.#journal.append({ ...line, time: Date.now() } as JournalLine);
    // A trainer that never gets to its timers flushes here.
    if (performance.now() - this.#flushed > flushEveryMs) this.flush();
  }

  metrics(step: number, values: Record<string, number>): void {
    this.write({ type: 'metrics', step, values: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encodeMetric(value)])) });
  }

  /** A remark for the journal and the log. */
  note(step: number, level: 'info' | 'warning' | 'error', message: string): void {
    process.stderr.write(`${level}: ${message}\n`);
    this.write({ type: 'note', step, level, message });
  }

  /** A full disk keeps the lines for the next flush and says so once. */
  flush(): void {
    this.#flushed = performance.now();
    try {
      this.#journal.flush();
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) process.stderr.write(`warning: ${error instanceof Error ? error.message : String(error)} Training goes on; the lines are kept until there is room.\n`);
      this.#failed = true;
    }
  }

  /** Writes what is left and waits until the disk has it. @throws LabError DISK_FULL with the lines kept for the next try */
  sync(): void {
    this.#journal.sync();
  }

  /** Ends the timer, writes what is left and waits until the disk has it. @throws LabError where it cannot be written */
  close(): void {
    clearInterval(this.#timer);
    this.flush();
    this.#journal.close();
  }
}
