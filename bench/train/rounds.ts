// Times contestants in alternating rounds, so that a busy minute of the computer is shared by all.
import { median } from '../training.ts';
import { Running, type About, type Contestant } from './contestant.ts';

/** Milliseconds per step: median, fastest and slowest over all rounds; or why there is none. */
export type Result = { name: string; about?: About; gflops?: number; times?: number[]; error?: string };

export type Spread = { median: number; min: number; max: number };
export const spreadOf = (times: number[]): Spread => ({ median: median(times), min: Math.min(...times), max: Math.max(...times) });

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Runs `act` on every result that is still good; one that fails keeps its reason and drops out. */
async function forEachGood(entries: Map<Result, Running>, act: (running: Running, result: Result) => Promise<void>): Promise<void> {
  for (const [result, running] of entries) {
    if (result.error) continue;
    try {
      await act(running, result);
    } catch (error) {
      result.error = messageOf(error);
      running.stop();
    }
  }
}

/**
 * Starts all contestants one after another, warms each up, then gives each `steps` steps per round.
 * @param warmup steps before the first round; compilers and the choice of threads need some
 */
export async function runRounds(contestants: Contestant[], { rounds, steps, warmup }: { rounds: number; steps: number; warmup: number }): Promise<Result[]> {
  const entries = new Map<Result, Running>();
  try {
    for (const contestant of contestants) {
      const running = new Running(contestant);
      const result: Result = { name: contestant.name };
      entries.set(result, running);
      await forEachGood(new Map([[result, running]]), async () => {
        result.about = await running.ready();
        result.gflops = await running.peak();
        const fastest = Math.min(...(await running.steps(warmup)));
        // Short steps are warmed up for about a second: compilers and the choice of threads count steps.
        await running.steps(Math.min(100, Math.floor(1000 / fastest)));
        result.times = [];
      });
    }
    for (let round = 0; round < rounds; round += 1) {
      await forEachGood(entries, async (running, result) => { result.times?.push(...(await running.steps(steps))); });
    }
  } finally {
    for (const running of entries.values()) running.stop();
  }
  return [...entries.keys()];
}
