// Times a program's tasks one by one on this thread, off the way of training: what the benches' profiles are made of.
import type { Task } from './program.ts';

/** One instruction of a program: its kernel, arguments without addresses' meaning, and the fastest of the timed runs. */
export type TaskTime = { name: string; chunks: number; args: number[]; milliseconds: number };

/**
 * Runs the tasks `runs` times in their order. Every run is a whole training step, so the state moves on.
 * @returns per task the fastest run, in milliseconds
 */
export function timeTasks(tasks: Task[], names: string[], runs: number): TaskTime[] {
  const times = tasks.map(({ chunks, args }, index) => ({ name: names[index] as string, chunks, args: args.slice(1), milliseconds: Infinity }));
  for (let run = 0; run < runs; run += 1) {
    tasks.forEach(({ kernel, chunks, args }, index) => {
      const start = performance.now();
      for (let chunk = 0; chunk < chunks; chunk += 1) {
        args[0] = chunk;
        kernel(...args);
      }
      const time = times[index] as TaskTime;
      time.milliseconds = Math.min(time.milliseconds, performance.now() - start);
    });
  }
  return times;
}
