// Run directories: ids, atomic files, journals with torn ends and garbage, locks of dead and reused processes.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRunDirectory, isAlive, JournalWriter, lockOwner, newRunId, openHome, pathsIn, readCuts, readJournal, readRunDocument, runPaths, self, takeLock, writeFileAtomically } from '#runs';
import { createDocument } from '../../helpers/documents.ts';
import { temporaryFolder } from '../../helpers/folder.ts';

function runFolder() {
  const paths = pathsIn(temporaryFolder());
  mkdirSync(paths.checkpoints);
  return paths;
}
const line = (step: number) => ({ type: 'metrics' as const, step, time: 1, values: { loss: step } });
const stepsOf = (file: string, offset = 0) => readJournal(file, offset).lines.map(({ line: { step } }) => step);

test('ids rise, and nothing else passes for one', () => {
  const ids = Array.from({ length: 1000 }, newRunId);
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(1000);
  const home = openHome(temporaryFolder());
  for (const id of ['..', '../x', 'a/b', '', '%2e%2e', `${ids[0]}/..`]) expect(() => runPaths(home, id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});

test('run.json comes back as it was written', () => {
  const home = openHome(temporaryFolder());
  const document = createDocument();
  const { root } = createRunDirectory(home, document);
  expect(readRunDocument(root)).toEqual(document);
  writeFileSync(join(root, 'run.json'), '{"version": 2}');
  expect(() => readRunDocument(root)).toThrow(expect.objectContaining({ code: 'RUN_DAMAGED' }));
});

test.each<[string, (file: string) => void]>([
  ['a folder', (file) => mkdirSync(file)],
  ['a link', (file) => symlinkSync('/etc/hostname', file)],
  ['a pipe', (file) => execFileSync('mkfifo', [file])],
])('%s in place of a file of a run is refused at once, with its name', (kind, make) => {
  const paths = runFolder();
  for (const file of [paths.document, paths.journal, paths.cuts]) make(file);
  const refused = expect.objectContaining({ code: 'RUN_DAMAGED', message: expect.stringContaining(`is ${kind}, not a file`) as string });
  expect(() => readRunDocument(paths.root)).toThrow(refused);
  expect(() => readJournal(paths.journal, 0)).toThrow(refused);
  expect(() => readCuts(paths)).toThrow(refused);
  expect(() => new JournalWriter(paths)).toThrow(refused);
  expect(lockOwner(paths.document)).toBeNull();
});

test('an atomic write that cannot end leaves the old file and no rest', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'a');
  writeFileAtomically(file, ['old']);
  expect(() => writeFileAtomically(file, ['new', { length: 1 } as never])).toThrow();
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['a']);
});

describe('the journal', () => {
  test('half a line at the end waits for its other half', () => {
    const paths = runFolder();
    appendFileSync(paths.journal, `${JSON.stringify(line(1))}\n{"type":"met`);
    const chunk = readJournal(paths.journal, 0);
    expect(chunk.lines.map(({ line: { step } }) => step)).toEqual([1]);
    appendFileSync(paths.journal, 'rics","step":2,"time":1,"values":{}}\n');
    expect(stepsOf(paths.journal, chunk.next)).toEqual([2]);
  });

  test('garbage lines are counted and passed over', () => {
    const paths = runFolder();
    appendFileSync(paths.journal, `not json\n${JSON.stringify(line(1))}\n{"step":"x"}\n${'y'.repeat(100_000)}\n${JSON.stringify(line(2))}\n`);
    expect(readJournal(paths.journal, 0)).toMatchObject({ garbage: 3 });
    expect(stepsOf(paths.journal)).toEqual([1, 2]);
  });

  test('a line longer than a chunk is skipped without being kept in memory', () => {
    const paths = runFolder();
    appendFileSync(paths.journal, `${'z'.repeat(5000)}\n${JSON.stringify(line(3))}\n`);
    let [offset, garbage] = [0, 0];
    const steps: number[] = [];
    for (;;) {
      const chunk = readJournal(paths.journal, offset, 1024);
      if (chunk.next === offset) break;
      garbage += chunk.garbage;
      steps.push(...chunk.lines.map(({ line: { step } }) => step));
      offset = chunk.next;
    }
    expect(steps).toEqual([3]);
    expect(garbage).toBeGreaterThan(0);
  });

  test('a writer cuts a torn end off, and cuts back on demand, announcing it first', () => {
    const paths = runFolder();
    const first = new JournalWriter(paths);
    first.append(line(1));
    first.sync();
    const { offset } = first;
    first.append(line(2));
    first.close();
    appendFileSync(paths.journal, '{"torn');
    const second = new JournalWriter(paths);
    expect(stepsOf(paths.journal)).toEqual([1, 2]);
    second.cut(paths, { offset, step: 1 });
    second.append(line(9));
    second.close();
    expect(stepsOf(paths.journal)).toEqual([1, 9]);
    expect(readCuts(paths)).toEqual([{ offset, step: 1 }, { offset, step: 1 }]);
    appendFileSync(paths.cuts, '{"offs');
    expect(readCuts(paths)).toHaveLength(2);
  });
});

describe('locks', () => {
  test('one holds, another does not, a dead one\'s is taken over', () => {
    const file = join(temporaryFolder(), 'lock');
    const release = takeLock(file);
    expect(release).not.toBeNull();
    expect(takeLock(file)).toBeNull();
    release?.();
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1, started: '1' }));
    expect(takeLock(file)).not.toBeNull();
  });

  test('a reused pid holds nothing: the start time tells', () => {
    expect(isAlive(self())).toBe(true);
    expect(isAlive({ ...self(), started: '12' })).toBe(process.platform !== 'linux');
    const file = join(temporaryFolder(), 'lock');
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: '12' }));
    if (process.platform === 'linux') expect(takeLock(file)).not.toBeNull();
  });
});
