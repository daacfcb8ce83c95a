// A flat program in shared memory: tasks of (kernel, chunks, arguments) that all threads run to the end, with a barrier after each.

/** The control words (int32) that the threads share, at `controlAddress`. */
export const words = { generation: 0, arrived: 1, barrier: 2, program: 3, counters: 4, threads: 5, quit: 6 } as const;
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

/** Waits until all threads are here: a short spin, then sleep. */
function barrier(control: Int32Array, threads: number): void {
  const turn = Atomics.load(control, words.barrier);
  if (Atomics.add(control, words.arrived, 1) === threads - 1) {
    Atomics.store(control, words.arrived, 0);
    Atomics.add(control, words.barrier, 1);
    Atomics.notify(control, words.barrier);
    return;
  }
  for (let spin = 0; spin < spins; spin += 1) if (Atomics.load(control, words.barrier) !== turn) return;
  while (Atomics.load(control, words.barrier) === turn) Atomics.wait(control, words.barrier, turn);
}

/** Runs tasks on this thread alone. */
export function runAlone(tasks: Task[]): void {
  for (const { kernel, chunks, args } of tasks) {
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      args[0] = chunk;
      kernel(...args);
    }
  }
}

/** Runs this thread's part of tasks: chunks are taken from a counter per task, so that a slow thread holds up none. */
export function runShared(tasks: Task[], control: Int32Array, { counters, threads }: { counters: Int32Array; threads: number }): void {
  for (let index = 0; index < tasks.length; index += 1) {
    const { kernel, chunks, args } = tasks[index] as Task;
    for (let chunk = Atomics.add(counters, index, 1); chunk < chunks; chunk = Atomics.add(counters, index, 1)) {
      args[0] = chunk;
      kernel(...args);
    }
    barrier(control, threads);
  }
}
