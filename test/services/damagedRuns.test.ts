// One damaged run of three, by bundle or in its folder: it is named and left out, or shown; the others stay listed, shown and compared. No untyped error, no hang.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from 'tar';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { comparisonSchema, LabError, type RunDocument } from '#contract';
import { createRunDirectory, runPaths, writeRunDocument } from '#runs';
import { comparisonTable, editRun, enqueueRuns, evaluationOf, exportBundle, exportRun, forkRun, importBundle, listRunSummaries, listRunViews, logTail, openLab, purgeRuns, showRun, trashRun, type Lab } from '#services';
import { insertRun, setState } from '#store';
import { createDocument } from '../helpers/documents.ts';
import { journal, metrics } from '../helpers/journals.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const seed = Number(process.env.VSGD_LAB_SEED ?? Date.now() % 100_000);
const mutations = ['1', 'all'].includes(process.env.VSGD_LAB_LONG ?? '') ? 400 : 40;

function createRandom(start: number): () => number {
  let state = start >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** Stand for JSON that no value gives: nested too deep for JSON.stringify, and a number that JSON.parse takes for infinite. */
const written = { '"@nested@"': `${'['.repeat(20_000)}1${']'.repeat(20_000)}`, '"@infinite@"': '1e999' };
const huge = 'x'.repeat(17_000_000); // more than is read of any document
const strangers: unknown[] = [null, true, 0, -1, 1.5, 1e300, 2 ** 60, '', 'x', huge, '../../../etc/passwd', '\u0000', [], {}, [1e300], { a: null }, { constructor: 1 }, '@nested@', '@infinite@'];

type Tree = Record<string, unknown> | unknown[];
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;

/** A copy of a JSON value of which one part is gone, of another type, too large, or one deeper. */
function mutate(value: unknown, random: () => number): unknown {
  const pick = <T>(list: T[]): T => list[Math.floor(random() * list.length)] as T;
  const copy = structuredClone(value);
  const trees: Tree[] = [];
  const collect = (inner: unknown): void => {
    if (!isTree(inner)) return;
    trees.push(inner);
    Object.values(inner).forEach(collect);
  };
  collect(copy);
  const filled = trees.filter((tree) => Object.keys(tree).length > 0);
  if (filled.length === 0 || random() < 0.05) return pick(strangers);
  // Half of them at the top, where most of what is read stands.
  const tree = (random() < 0.5 ? filled[0] : pick(filled)) as Record<string, unknown>;
  const key = pick(Object.keys(tree));
  if (random() < 0.3) delete tree[key];
  else tree[key] = random() < 0.2 ? [tree[key]] : pick(strangers);
  return copy;
}

const write = (value: unknown): string => Object.entries(written).reduce((text, [mark, json]) => text.replaceAll(mark, json), JSON.stringify(value) ?? 'null');

const journalLines = [
  { type: 'state', step: 0, time: 1000, state: 'running', reason: null, engine: { name: 'wasm', device: 'CPU', threads: 1, tried: [{ name: 'webgpu', reason: 'none' }] }, dataset: { name: 'shapes', fingerprint: 'f' }, totalSteps: 2, began: 900,
    environment: { versions: { vsgdLab: '0', node: '24', tfjs: '4' }, host: 'h', os: 'o', cpu: 'c', cores: 2, memoryBytes: 1000, gpu: null, git: null } },
  metrics(1, { 'train/loss': 2, 'test/accuracy': 0.2, iter: 1 }), metrics(2, { 'train/loss': 1, 'test/accuracy': 0.5, iter: 2 }),
  { type: 'histogram', step: 2, time: 2000, name: 'beta1', edges: [0, 1], counts: [3] },
  { type: 'layers', step: 2, time: 2000, tensors: ['a'], sizes: [3], total: { step: [1, 2, 3] }, measures: { step: [[1, 2, 3]] } },
  { type: 'checkpoint', step: 2, time: 2000, kind: 'last', path: 'checkpoints/last.safetensors', bytes: 3, sha256: 'ab' },
  { type: 'note', step: 2, time: 2000, level: 'warning', message: 'a note' },
  { type: 'end', step: 2, time: 2100, state: 'finished', reason: null, began: 900 },
];
const evaluation = { version: 1, step: 2, split: 'test', dataset: 'shapes', classes: 2, total: 3, confusion: [1, 0, 1, 1], answers: { truths: [0, 1, 1], predictions: [0, 0, 1] }, mistakes: [{ index: 1, truth: 1, prediction: 0, probability: 0.9 }] };

/** Writes a whole finished run into a home. */
function makeRun(lab: Lab): RunDocument {
  const document = { ...createDocument(['experiment=quickstart', 'train.seed=3']), configDir: '/elsewhere', tags: ['t'], notes: 'n', sweep: { id: createDocument().id, index: 0, size: 2, overrides: ['train.seed=3,4'] } };
  const paths = createRunDirectory(lab.home, document);
  insertRun(lab.database, document);
  setState(lab.database, document.id, { state: 'starting' });
  journal(lab, document.id, journalLines as never);
  setState(lab.database, document.id, { state: 'finished' });
  writeFileSync(paths.evaluation, JSON.stringify(evaluation));
  writeFileSync(paths.log, 'a log\n');
  writeFileSync(paths.cuts, '\n{"offset":999999,"step":7}\n');
  return document;
}

const typed = ['RUN_DAMAGED', 'BUNDLE_INVALID', 'NOT_FOUND', 'CONFLICT', 'CONFIG_INVALID', 'CONFIG_COMPOSITION', 'CONFIG_SYNTAX', 'CHECKPOINT_MISMATCH', 'DATASET_MISSING', 'USAGE', 'CONFIG_MISSING'];

/** Everything that looks at runs, with the damaged one among them; only what is asked of that one may be refused. */
function lookAtAll(lab: Lab, sound: string[], damagedOne: string): void {
  expect(listRunSummaries(lab).map(({ id }) => id)).toEqual(expect.arrayContaining(sound));
  expect(JSON.stringify(listRunViews(lab, {})).length).toBeGreaterThan(0);
  for (const id of sound) expect(showRun(lab, id).metrics['test/accuracy']).toMatchObject({ last: 0.5, count: 2 });
  expect(comparisonTable(lab, comparisonSchema.parse({ runs: sound })).rows.length).toBeGreaterThan(0);
  const there = listRunSummaries(lab).some(({ id }) => id === damagedOne);
  const looks = [() => JSON.stringify(showRun(lab, damagedOne)), () => evaluationOf(lab, damagedOne), () => logTail(lab, damagedOne), () => exportRun(lab, damagedOne, { folder: join(lab.home.root, 'exported') }), () => editRun(lab, damagedOne, { starred: true }),
    () => forkRun(lab, { id: damagedOne, overrides: [] }), () => comparisonTable(lab, comparisonSchema.parse({ runs: [...sound, ...(there ? [damagedOne] : [])] }))];
  for (const look of looks) {
    try {
      look();
    } catch (error) {
      expect(error, String((error as Error).stack)).toBeInstanceOf(LabError);
      expect(typed).toContain((error as LabError).code);
    }
  }
}

/** What is in a run's folder to be spoiled, each as its parts. */
const documents: Record<string, (random: () => number, folder: string) => void> = {
  'run.json': (random, folder) => change(join(folder, 'run.json'), (text) => write(mutate(JSON.parse(text), random))),
  'run.json twice': (random, folder) => change(join(folder, 'run.json'), (text) => write(mutate(mutate(JSON.parse(text), random), random))),
  'journal.jsonl': (random, folder) => change(join(folder, 'journal.jsonl'), (text) => `${text.trim().split('\n').map((line) => (random() < 0.4 ? write(mutate(JSON.parse(line), random)) : line)).join('\n')}\n`),
  'evaluation.json': (random, folder) => change(join(folder, 'evaluation.json'), (text) => write(mutate(JSON.parse(text), random))),
  'journal.cuts': (random, folder) => writeFileSync(join(folder, 'journal.cuts'), `\n{"offset":${[0, 10, '9'.repeat(400), 1.5, -1][Math.floor(random() * 5)]},"step":${[0, 1e20, '9'.repeat(400)][Math.floor(random() * 3)]}}\nx`),
};
const change = (file: string, work: (text: string) => string): void => writeFileSync(file, work(readFileSync(file, 'utf8')));

/** What may have the name of a file. */
const kinds: Record<string, (file: string) => void> = { folder: (file) => mkdirSync(file), link: (file) => symlinkSync('/dev/zero', file), pipe: (file) => execFileSync('mkfifo', [file]), nothing: () => {}, empty: (file) => writeFileSync(file, '') };

const removeForks = (lab: Lab, known: string[]): void => listRunSummaries(lab).filter(({ id }) => !known.includes(id)).forEach(({ id }) => removeRun(lab, id));

const removeRun = (lab: Lab, id: string): void => {
  if (!listRunSummaries(lab).some((run) => run.id === id)) return;
  trashRun(lab, id);
  purgeRuns(lab, id);
};

describe(`a damaged run (seed ${seed}; VSGD_LAB_SEED repeats it)`, () => {
  let lab: Lab;
  let sound: string[];
  let victim: RunDocument;
  let whole: string;
  beforeEach(() => {
    lab = openLab(scratchFolder());
    onTestFinished(() => lab.close());
    sound = [makeRun(lab).id, makeRun(lab).id];
    victim = makeRun(lab);
    whole = join(scratchFolder(), victim.id);
    cpSync(runPaths(lab.home, victim.id).root, whole, { recursive: true });
  });

  const pack = async (folder: string): Promise<string> => {
    const staging = scratchFolder();
    cpSync(folder, join(staging, victim.id), { recursive: true });
    const files = readdirSync(join(staging, victim.id)).filter((name) => lstatSync(join(staging, victim.id, name)).isFile()).map((name) => `${victim.id}/${name}`);
    const described = files.map((path) => [path, { bytes: lstatSync(join(staging, path)).size, sha256: createHash('sha256').update(readFileSync(join(staging, path))).digest('hex') }]);
    writeFileSync(join(staging, 'bundle.json'), JSON.stringify({ version: 1, files: Object.fromEntries(described) }));
    const file = join(staging, 'bundle.tar');
    await create({ file, cwd: staging, portable: true }, ['bundle.json', victim.id]);
    return file;
  };

  test('by a bundle: taken whole or refused with a reason, and nothing is left behind', async () => {
    removeRun(lab, victim.id);
    const random = createRandom(seed);
    for (let count = 0; count < mutations; count += 1) {
      const names = Object.keys(documents);
      const folder = join(scratchFolder(), victim.id);
      cpSync(whole, folder, { recursive: true });
      documents[names[count % names.length] as string]?.(random, folder);
      const file = await pack(folder);
      for (let attempt = 0; attempt < 2; attempt += 1) {
        try {
          const { imported } = await importBundle(lab, file);
          expect(imported).toEqual([victim.id]);
          expect(JSON.parse(readFileSync(runPaths(lab.home, victim.id).document, 'utf8'))).toMatchObject({ configDir: null });
          if (attempt === 0) lookAtAll(lab, sound, victim.id);
          removeRun(lab, victim.id);
        } catch (error) {
          expect(error, String((error as Error).stack)).toMatchObject({ code: 'BUNDLE_INVALID', message: expect.stringContaining('Nothing was imported') as string });
        }
        expect(readdirSync(lab.home.runs).toSorted()).toEqual(sound.toSorted());
        expect(readdirSync(lab.home.root).filter((name) => name.startsWith('bundle-'))).toEqual([]);
      }
      rmSync(file);
    }
  });

  test('in its folder, with the database made again: named in a notice or shown, and the others are as they were', () => {
    const random = createRandom(seed + 1);
    lab.close();
    const { root } = runPaths(lab.home, victim.id);
    const names = [...Object.keys(documents), ...Object.keys(kinds)];
    for (let count = 0; count < mutations; count += 1) {
      rmSync(root, { recursive: true, force: true });
      cpSync(whole, root, { recursive: true });
      const name = names[count % names.length] as string;
      if (documents[name]) documents[name](random, root);
      else {
        const file = join(root, ['run.json', 'journal.jsonl', 'journal.cuts', 'evaluation.json', 'log.txt', 'state.json'][Math.floor(random() * 6)] as string);
        rmSync(file, { recursive: true, force: true });
        kinds[name]?.(file);
      }
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${lab.home.database}${suffix}`, { force: true });
      const again = openLab(lab.home.root);
      try {
        lookAtAll(again, sound, victim.id);
        const listed = listRunSummaries(again).some(({ id }) => id === victim.id);
        expect(listed || again.notices.some((notice) => notice.includes(victim.id)), `${name}: ${again.notices.join('; ')}`).toBe(true);
        removeForks(again, [...sound, victim.id]);
      } finally {
        again.close();
      }
    }
  });

  test('by a bundle: overrides that do not parse, a number of another kind, a fork that points elsewhere', async () => {
    removeRun(lab, victim.id);
    const bad: Partial<Record<keyof RunDocument, unknown>>[] = [{ overrides: ['model=[vgg'] }, { overrides: ['__proto__.x=1'] }, { fork: { runId: victim.id, step: 1, checkpoint: '../../../../etc/passwd' } }, { name: ' ' }, { tags: ['x'.repeat(101)] }, { engine: 'abacus' }, { createdAt: 'today' }, { id: sound[0] }];
    for (const changes of bad) {
      change(join(whole, 'run.json'), () => JSON.stringify({ ...victim, ...changes }));
      const file = await pack(whole);
      for (let attempt = 0; attempt < 2; attempt += 1) await expect(importBundle(lab, file), JSON.stringify(changes)).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
    }
    change(join(whole, 'run.json'), () => JSON.stringify(victim));
    expect(await importBundle(lab, await pack(whole))).toEqual({ imported: [victim.id], known: [] });
    expect(listRunSummaries(lab).map(({ id }) => id).toSorted()).toEqual([...sound, victim.id].toSorted());
  });

  test('a folder in runs/ that the database does not have is a conflict that says so', async () => {
    removeRun(lab, victim.id);
    mkdirSync(join(lab.home.runs, victim.id, 'x'), { recursive: true });
    await expect(importBundle(lab, await pack(whole))).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('has a folder here already') as string });
  });

  test('what was exported comes back', async () => {
    const file = join(scratchFolder(), 'bundle.tar');
    await exportBundle(lab, [victim.id, ...sound], { file });
    const other = openLab(scratchFolder());
    onTestFinished(() => other.close());
    expect((await importBundle(other, file)).imported.toSorted()).toEqual([...sound, victim.id].toSorted());
    expect(evaluationOf(other, victim.id)).toEqual(evaluation);
    expect(showRun(other, victim.id)).toEqual({ ...showRun(lab, victim.id), startedAt: new Date(900).toISOString() });
  });

  test('what a person types is held to the same limits', () => {
    expect(() => editRun(lab, victim.id, { notes: 'x'.repeat(1_000_001) })).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => enqueueRuns(lab, { overrides: ['experiment=quickstart'], tags: [''] })).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => enqueueRuns(lab, { overrides: ['experiment=quickstart'], name: 'x'.repeat(20_000) })).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(listRunSummaries(lab)).toHaveLength(3);
    expect(() => writeRunDocument(runPaths(lab.home, victim.id).root, { ...victim, name: '' })).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
