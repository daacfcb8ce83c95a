// Loss of power at every sync of a real trainer and of a home that is made: only what was synced is left, and it is enough to go on with the same bits.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { pathsIn, readJournal, readRunDocument } from '#runs';
import { readOperations, recorderOf, SimulatedDisk, writeCut } from '#test/powerCut.ts';
import { scratchFolder } from '#test/scratch.ts';
import { createTestRun, lastHash, rowsOf, runTrainer, type TestRun } from '#test/trainer.ts';
import { CheckpointStore } from '../../src-main/runs/trainer/checkpoints.ts';

const settings = ['train.max_iter=30', 'train.save_freq=5', 'train.eval_test_freq=0', 'train.best_metric=val/loss'];

/** What a trainer would find after each cut, and every cut checked: a checkpoint never names what the journal has not. */
function checkCuts(run: TestRun, operations: ReturnType<typeof readOperations>, durable: { folders: string[]; files: string[] }): { step: number; files: Map<string, Buffer> }[] {
  const { root } = run.paths;
  const disk = new SimulatedDisk(root, durable);
  const states: { step: number; files: Map<string, Buffer> }[] = [];
  for (const [index, operation] of operations.entries()) {
    disk.apply(operation);
    if (operation.kind !== 'sync') continue;
    const files = disk.cut();
    const folder = mkdtempSync(join(run.home, 'cut-'));
    mkdirSync(join(folder, 'checkpoints'));
    writeCut(files, folder);
    const paths = pathsIn(folder);
    const loaded = new CheckpointStore(paths).loadNewest();
    expect(loaded?.passedOver ?? [], `operation ${index}`).toEqual([]);
    const { step = 0, offset = 0 } = loaded?.entry ?? {};
    expect(files.get('journal.jsonl')?.length ?? 0, `the journal at operation ${index}`).toBeGreaterThanOrEqual(offset);
    const steps = readJournal(paths.journal, 0).lines.filter(({ line, offset: at }) => line.type === 'metrics' && at < offset).map(({ line }) => line.step);
    expect(steps, `rows at operation ${index}`).toEqual(Array.from({ length: step }, (_, at) => at + 1));
    expect(step, 'a checkpoint that was there is there').toBeGreaterThanOrEqual(states.at(-1)?.step ?? 0);
    states.push({ step, files });
  }
  return states;
}

describe('power that goes at any sync', () => {
  test('a trainer\'s first session and its resumed one: the newest checkpoint has all its rows, and the run goes on with the same bits', async () => {
    const home = scratchFolder();
    const run = createTestRun(home, settings);
    const { root } = run.paths;
    const file = join(home, 'operations.json');
    const durable = { folders: [run.paths.checkpoints], files: [run.paths.document] };
    expect((await runTrainer(run, { env: recorderOf(root, file) })).code).toBe(0);
    const states = checkCuts(run, readOperations(file), durable);
    expect(states.at(-1)?.step).toBe(30);
    expect(new Set(states.map(({ step }) => step)).size).toBeGreaterThan(5);
    for (const step of [0, 15]) {
      const left = states.findLast((state) => state.step === step);
      const again = createTestRun(home, settings);
      if (left) writeCut(new Map([...left.files].filter(([name]) => name !== 'run.json')), again.paths.root);
      const [kept, resumedFile] = [mkdtempSync(join(home, 'kept-')), join(home, `resumed-${step}.json`)];
      cpSync(again.paths.root, kept, { recursive: true });
      expect((await runTrainer(again, { flags: ['--resume'], env: recorderOf(again.paths.root, resumedFile) })).code).toBe(0);
      expect(rowsOf(again)).toEqual(rowsOf(run));
      expect(lastHash(again)).toBe(lastHash(run));
      if (step === 0) continue;
      cpSync(kept, again.paths.root, { recursive: true });
      const names = [...(left?.files.keys() ?? [])];
      expect(checkCuts(again, readOperations(resumedFile), { folders: [again.paths.checkpoints], files: names.map((name) => join(again.paths.root, name)) }).at(-1)?.step).toBe(30);
    }
  });

  test('a home, a run and its folder last once they are said to be there', () => {
    const parent = scratchFolder();
    const home = join(parent, 'above', 'home');
    const file = join(scratchFolder(), 'operations.json');
    const program = `import { openHome, createRunDirectory, writeRunDocument } from '#runs'; import { createDocument } from '#test/documents.ts';
      const home = openHome(${JSON.stringify(home)}); const document = createDocument(); const { root } = createRunDirectory(home, document);
      writeRunDocument(root, { ...document, name: 'renamed' }); process.stdout.write(root);`;
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const { stdout, status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd, encoding: 'utf8', env: { ...process.env, ...recorderOf(parent, file) } });
    expect(status, stderr).toBe(0);
    const disk = new SimulatedDisk(parent, { folders: [], files: [] });
    for (const operation of readOperations(file)) disk.apply(operation);
    const left = scratchFolder();
    writeCut(disk.cut(), left);
    expect(readRunDocument(join(left, stdout.slice(parent.length))).name).toBe('renamed');
    expect(statSync(dirname(join(left, stdout.slice(parent.length)))).isDirectory()).toBe(true);
  });
});
