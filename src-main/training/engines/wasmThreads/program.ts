// A flat program in shared memory: tasks of (kernel, chunks, arguments) that threads run together. Nobody waits for a thread, only for chunks:
// one that wakes late finds done what the others could do without it.

/** The control words (int32) that the threads share, at `controlAddress`. */
export const words = { generation: 0, joined: 1, program: 2, counters: 3, quit: 4, up: 5, failed: 6 } as const;
export const controlAddress = 65536;

export type Kernels = Record<string, (...args: number[]) => void>;
export type Task = { kernel: (...args: number[]) => void; chunks: number; args: number[] };

const spins = 4000;

/** Numbers of a program's tasks as float64: how many, then per task its kernel's number, chunks, argument count, arguments. */
export function encodeProgram(tasks: { name: string; chunks: number; args: number[] }[], names: string[]): Float64Array {
  const numbers = [tasks.length];
  for (const { name, chunks, args } of tasks) numbers.push(names.indexOf(name), chunks, args.length, ...args);
  return Float64Array.from(numbers);
}

/** Tasks bound to one thread's own instance of the kernels. */
export function decodeProgram(numbers: Float64Array, kernels: Kernels): Task[] {
  const names = kernelNamesOf(kernels);
  const tasks: Task[] = [];
  let at = 1;
  for (let index = 0; index < (numbers[0] as number); index += 1) {
    const [kernel = 0, chunks = 0, count = 0] = numbers.subarray(at, at + 3);
    tasks.push({ kernel: kernels[names[kernel] as string] as Task['kernel'], chunks, args: [0, ...numbers.subarray(at + 3, at + 3 + count)] });
    at += 3 + count;
  }
  return tasks;
}

/** The kernels' names in the order that programs count them by. */
export const kernelNamesOf = (kernels: Kernels): string[] => Object.keys(kernels).filter((name) => typeof kernels[name] === 'function').sort();

/** Runs tasks on this thread alone. */
export function runAlone(tasks: Task[]): void {
  for (const { kernel, chunks, args } of tasks) {
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      args[0] = chunk;
      kernel(...args);
    }
  }
}

/** A task that is shared, and those of one chunk behind it, which the thread that finishes it runs at once. */
export type Group = { task: Task; after: Task[] };

export function inGroups(tasks: Task[]): Group[] {
  const groups: Group[] = [];
  for (const task of tasks) {
    const last = groups.at(-1);
    if (task.chunks === 1 && last) last.after.push(task);
    else if (task.chunks > 0) groups.push({ task, after: [] });
  }
  return groups;
}

/** Per group, how many chunks were given out and how many are done; `done` is one more when the tasks behind are, too. */
export type Progress = { given: Int32Array; done: Int32Array };

export const progressAt = (buffer: ArrayBufferLike, address: number, groups: number): Progress =>
  ({ given: new Int32Array(buffer, address, groups), done: new Int32Array(buffer, address + 4 * groups, groups) });

/** How often each thread asks for chunks of a task, if all are equally fast. */
const asked = 8;

/** Runs chunks as long as there are some. @returns how many */
function runChunks({ kernel, chunks, args }: Task, { given, index, threads }: { given: Int32Array; index: number; threads: number }): number {
  const taken = Math.max(1, Math.floor(chunks / (asked * threads)));
  let ran = 0;
  for (let first = Atomics.add(given, index, taken); first < chunks; first = Atomics.add(given, index, taken)) {
    const end = Math.min(chunks, first + taken);
    for (let chunk = first; chunk < end; chunk += 1) {
      args[0] = chunk;
      kernel(...args);
    }
    ran += end - first;
  }
  return ran;
}

/** Waits until a word is in these bounds: a short spin, then sleep. Who sets it must notify. */
function awaitWord(word: Int32Array, index: number, { least = 0, most = Infinity }: { least?: number; most?: number }): void {
  const reached = (now: number) => now >= least && now <= most;
  for (let spin = 0; spin < spins; spin += 1) if (reached(Atomics.load(word, index))) return;
  for (let now = Atomics.load(word, index); !reached(now); now = Atomics.load(word, index)) Atomics.wait(word, index, now);
}

/** More than any task's chunks. */
const beyond = 1 << 30;

/** Leaves nothing more to do in a program and nothing to wait for: what a thread does that meets a fault. */
function giveUp(groups: Group[], { given, done }: Progress): void {
  for (let index = 0; index < groups.length; index += 1) {
    Atomics.store(given, index, beyond);
    Atomics.store(done, index, beyond);
    Atomics.notify(done, index);
  }
}

/**
 * Runs this thread's part of a program, one of `threads`, and returns when all of it is done.
 * @throws what a kernel throws; the other threads then end their parts without the rest, so that nobody waits for this one
 */
export function runShared(groups: Group[], progress: Progress, threads: number): void {
  const { given, done } = progress;
  try {
    for (let index = 0; index < groups.length; index += 1) {
      const { task, after } = groups[index] as Group;
      const ran = runChunks(task, { given, index, threads });
      if (ran > 0 && Atomics.add(done, index, ran) + ran === task.chunks) {
        runAlone(after);
        Atomics.add(done, index, 1);
        Atomics.notify(done, index);
      } else {
        awaitWord(done, index, { least: task.chunks + 1 });
      }
    }
  } catch (error) {
    giveUp(groups, progress);
    throw error;
  }
}

/** In `joined`: a program runs. Below it, how many workers take part. */
const open = 1 << 30;

/** Opens a program to the workers that wake while it runs, runs it, and ends, in a fault too, when none of them is in it any more. */
export function host(control: Int32Array, run: () => void): void {
  Atomics.store(control, words.joined, open);
  Atomics.add(control, words.generation, 1);
  Atomics.notify(control, words.generation);
  try {
    run();
  } finally {
    Atomics.and(control, words.joined, ~open);
    awaitWord(control, words.joined, { most: 0 });
  }
}

/** Takes part in the program that is open, if any still is: as long as it does, its memory stays as it is. */
export function takePart(control: Int32Array, run: () => void): void {
  for (let now = Atomics.load(control, words.joined); (now & open) !== 0; now = Atomics.load(control, words.joined)) {
    if (Atomics.compareExchange(control, words.joined, now, now + 1) !== now) continue;
    run();
    Atomics.sub(control, words.joined, 1);
    Atomics.notify(control, words.joined);
    return;
  }
}
