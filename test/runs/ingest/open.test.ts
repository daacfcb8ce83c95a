// The database of a home: repaired while it is open, swapped under other processes, filled again when it lost runs.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHome, openStore, rebuildByHand, verifyRuns, type Home } from '#runs';
import { openLab } from '#services';
import { getRun, listRuns, readSeries, requeue, setDesired, setState, setTrashed } from '#store';
import { copyHome, everythingShown, fillHome } from '../../helpers/damagedHomes.ts';
import { temporaryFolder } from '../../helpers/folder.ts';

const template = mkdtempSync(join(tmpdir(), 'vsgd-lab-homes-'));
let truth: unknown;

beforeAll(() => {
  const lab = openLab(template);
  fillHome(lab);
  truth = everythingShown(lab);
  lab.close();
});
afterAll(() => rmSync(template, { recursive: true, force: true }));

/** A home with runs in every state; `truth` is what is shown of it. */
function makeHome(): Home {
  const root = join(temporaryFolder(), 'home');
  copyHome(template, root);
  return openHome(root);
}

const shownOf = (home: Home): { shown: unknown; notices: string[] } => {
  const lab = openLab(home.root);
  try {
    return { shown: everythingShown(lab), notices: lab.notices };
  } finally {
    lab.close();
  }
};

/** Changes the database without the program that keeps its checksums. */
function alter(home: Home, source: string): void {
  const database = new Database(home.database);
  database.function('run_checksum', { varargs: true }, () => 1);
  database.function('note_change', { varargs: true }, () => null);
  database.unsafeMode(true);
  database.exec(source);
  database.close();
}

test.for([
  ['a value of a curve', "UPDATE metrics SET value = value + 1 WHERE step = 17"],
  ['a lost point', 'DELETE FROM metrics WHERE step = 20'],
  ['a lost curve', "DELETE FROM series WHERE key = 'lr'"],
  ['a summary', "UPDATE series SET max = 9 WHERE key = 'train/accuracy'"],
  ['a checkpoint', 'UPDATE checkpoints SET bytes = bytes + 1'],
  ['a lost note', 'DELETE FROM notes'],
  ['a histogram', "UPDATE histograms SET counts = '[7,7]' WHERE step = 40"],
  ['quantiles of a layer', "UPDATE layers SET total = '{}' WHERE step = 40"],
  ['the name of a run', "UPDATE runs SET name = 'another'"],
  ['the state of a run', "UPDATE runs SET state = 'finished'"],
  ['a lost run', "DELETE FROM runs WHERE state = 'paused'"],
  ['the version in the header', 'PRAGMA user_version = 16389'],
  ['a default of the schema', "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'count INTEGER NOT NULL DEFAULT 0', 'count INTEGER NOT NULL DEFAULT 8')"],
] as const)('%s that was altered in the file is noticed and repaired', ([, source]) => {
  const home = makeHome();
  alter(home, source);
  const { shown, notices } = shownOf(home);
  expect(shown).toEqual(truth);
  expect(notices).toHaveLength(1);
});

test.for([
  ['an empty file', (file: string) => writeFileSync(file, '')],
  ['no file', (file: string) => rmSync(file)],
  ['a file of noise', (file: string) => writeFileSync(file, Buffer.alloc(20_000, 0x5a))],
  ['a folder', (file: string) => { rmSync(file); mkdirSync(join(file, 'x'), { recursive: true }); }],
  ['the database of another program', (file: string) => { rmSync(file); new Database(file).exec('CREATE TABLE mine (a)').close(); }],
  ['a folder in place of the write-ahead log', (file: string) => mkdirSync(`${file}-wal`)],
] as const)('%s in place of the database: rebuilt by itself with one notice, and by hand', ([, spoil]) => {
  const home = makeHome();
  copyFileSync(home.database, `${home.root}.copy`);
  spoil(home.database);
  const { shown, notices } = shownOf(home);
  expect(shown).toEqual(truth);
  expect(notices).toHaveLength(1);
  rmSync(home.database);
  renameSync(`${home.root}.copy`, home.database);
  spoil(home.database);
  rebuildByHand(home);
  expect(shownOf(home)).toEqual({ shown: truth, notices: [] });
});

test('an old copy of the database is brought up to date: later states, renamed and further runs, further rows', () => {
  const home = makeHome();
  copyFileSync(home.database, `${home.database}.copy`);
  const lab = openLab(home.root);
  const [paused] = listRuns(lab.database, { states: ['paused'] });
  requeue(lab.database, paused!.id);
  setDesired(lab.database, paused!.id, 'stopped');
  const [queued] = listRuns(lab.database, { states: ['queued'] });
  setState(lab.database, queued!.id, { state: 'stopped', reason: 'Not needed.' });
  fillHome(lab);
  const later = everythingShown(lab);
  lab.close();
  renameSync(`${home.database}.copy`, home.database);
  expect(shownOf(home).shown).toEqual(later);
});

test('damage that is met at work is repaired in between, once, and the old file is kept; three of them at most', () => {
  const home = makeHome();
  const notices: string[] = [];
  const database = openStore(home, { notice: (text) => notices.push(text), checkedBytes: 0 });
  const { id } = listRuns(database)[0]!;
  const before = Array.from(readSeries(database, id, { key: 'train/loss' }).values);
  for (let turn = 1; turn <= 5; turn += 1) {
    alter(home, "UPDATE runs SET name = 'another'");
    expect(getRun(database, id)?.name).toBe('a run');
    expect(Array.from(readSeries(database, id, { key: 'train/loss' }).values)).toEqual(before);
    expect(notices).toHaveLength(turn);
  }
  expect(notices[0]).toContain('was damaged');
  expect(readdirSync(home.root).filter((name) => /damaged-\d+$/.test(name))).toHaveLength(3);
  database.close();
});

test('a process that has the database open follows a rebuild by another one, and what it then changes is kept', async () => {
  const home = makeHome();
  const database = openStore(home, { notice() {} });
  const [paused] = listRuns(database, { states: ['paused'] });
  const program = `import { openHome, rebuildByHand } from '#runs'; rebuildByHand(openHome(${JSON.stringify(home.root)}));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: fileURLToPath(new URL('../../..', import.meta.url)), stdio: 'inherit' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect(code).toBe(0);
  requeue(database, paused!.id);
  database.close();
  const other = openStore(home, { notice() {} });
  expect(getRun(other, paused!.id)?.state).toBe('queued');
  other.close();
});

test('a run that was moved to the trash while the database was away stays there', () => {
  const home = makeHome();
  const database = openStore(home, { notice() {} });
  const { id } = listRuns(database, { states: ['finished'] })[0]!;
  database.close();
  renameSync(join(home.runs, id), join(home.trash, id));
  const again = openStore(home, { notice() {} });
  expect(getRun(again, id)?.trashed_at).not.toBeNull();
  setTrashed(again, id, true);
  again.close();
});

test('a journal that another one replaced, or whose cuts are lost, is read from its start', () => {
  const home = makeHome();
  const database = openStore(home, { notice() {} });
  const { id } = listRuns(database, { states: ['interrupted'] })[0]!;
  database.close();
  const journal = join(home.runs, id, 'journal.jsonl');
  const whole = readFileSync(journal);
  writeFileSync(journal, whole.subarray(0, whole.indexOf(10, 4000) + 1));
  expect(shownOf(home).shown).not.toEqual(truth);
  writeFileSync(journal, whole);
  expect(shownOf(home).shown).toEqual(truth);
});

test('verify names the runs that differ from their folders, and only those', () => {
  const home = makeHome();
  expect(verifyRuns(home).runs.flatMap(({ problems }) => problems)).toEqual([]);
  const [first] = verifyRuns(home).runs;
  alter(home, `UPDATE metrics SET value = 7 WHERE step = 3 AND series_id = (SELECT id FROM series WHERE run_id = '${first!.id}' AND key = 'train/loss')`);
  const faulty = verifyRuns(home).runs.filter(({ problems }) => problems.length > 0);
  expect(faulty.map(({ id, problems }) => [id, problems])).toEqual([[first!.id, ['curve train/loss: its rows are not those of the journal']]]);
  alter(home, 'PRAGMA user_version = 4');
  expect(verifyRuns(home).database).toContain('is damaged');
  expect(existsSync(home.database)).toBe(true);
});
