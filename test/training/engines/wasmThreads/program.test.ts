// How threads share a program: in which order tasks run, and that nobody waits for a thread that does not come.
import { describe, expect, test } from 'vitest';
import { host, inGroups, progressAt, runShared, takePart, words, type Task } from '../../../../src-main/training/engines/wasmThreads/program.ts';

/** Tasks that note who ran, for instance "b1": chunk 1 of b. */
function program(chunks: Record<string, number>): { tasks: Task[]; ran: string[] } {
  const ran: string[] = [];
  return { tasks: Object.entries(chunks).map(([name, count]) => ({ kernel: (chunk = 0) => void ran.push(`${name}${chunk}`), chunks: count, args: [0] })), ran };
}

const progress = (groups: number) => progressAt(new SharedArrayBuffer(8 * groups), 0, groups);
const control = () => new Int32Array(new SharedArrayBuffer(64));

describe('threads that share a program', () => {
  test('a thread alone runs every chunk, task by task', () => {
    const { tasks, ran } = program({ a: 2, b: 1, c: 1, d: 40, e: 1 });
    const groups = inGroups(tasks);
    expect(groups).toHaveLength(2); // b and c go behind a, e behind d
    runShared(groups, progress(2), 2);
    expect(ran).toEqual(['a0', 'a1', 'b0', 'c0', ...Array.from({ length: 40 }, (_, chunk) => `d${chunk}`), 'e0']);
  });

  test('a task without chunks holds up nobody', () => {
    const { tasks, ran } = program({ a: 1, b: 0, c: 1 });
    runShared(inGroups(tasks), progress(2), 2);
    expect(ran).toEqual(['a0', 'c0']);
  });

  test('a thread that comes late finds everything done', () => {
    const { tasks, ran } = program({ a: 3, b: 1, c: 5 });
    const [groups, shared] = [inGroups(tasks), progress(2)];
    runShared(groups, shared, 2);
    const before = ran.length;
    runShared(groups, shared, 2);
    expect(ran).toHaveLength(before);
  });

  test('what comes behind a task is run by the thread that ends it, once all its chunks are done', () => {
    const ran: string[] = [];
    const shared = progress(1);
    const other = { kernel: () => void ran.push('elsewhere'), chunks: 4, args: [0] };
    // Another thread has taken two of four chunks and ends them while this one runs its last.
    Atomics.store(shared.given, 0, 2);
    const mine: Task = { kernel: (chunk = 0) => { ran.push(`mine ${chunk}`); if (chunk === 3) Atomics.store(shared.done, 0, 2); }, chunks: 4, args: [0] };
    runShared(inGroups([mine, { ...other, chunks: 1 }]), shared, 2);
    expect(ran).toEqual(['mine 2', 'mine 3', 'elsewhere']);
    expect(shared.done[0]).toBe(5);
  });

  test('takes part in a program only while it is open', () => {
    const shared = control();
    const ran: string[] = [];
    takePart(shared, () => ran.push('too early'));
    host(shared, () => {
      ran.push('host');
      takePart(shared, () => ran.push('worker'));
    });
    takePart(shared, () => ran.push('too late'));
    expect(ran).toEqual(['host', 'worker']);
    expect([shared[words.joined], shared[words.generation]]).toEqual([0, 1]);
  });

  test('a fault in one thread ends the program for all, and none waits for another', () => {
    const { tasks, ran } = program({ a: 2, c: 5 });
    const [fault, shared, words32] = [{ kernel: () => { throw new Error('out of bounds'); }, chunks: 2, args: [0] }, progress(3), control()];
    const groups = inGroups([tasks[0]!, fault, tasks[1]!]);
    expect(() => host(words32, () => runShared(groups, shared, 2))).toThrow('out of bounds');
    expect(words32[words.joined]).toBe(0);
    runShared(groups, shared, 2); // the other thread, which was still on its way
    expect(ran).toEqual(['a0', 'a1']);
  });
});
