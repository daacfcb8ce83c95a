// What comes from outside (names, tags, notes, logs, reasons) never reaches the terminal as something that it obeys.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { LabError, type RunDetail, type RunDocument } from '#contract';
import { paint, print, printError, printJson, remark, table } from '../../src-main/cli/output.ts';
import { createLabHome, type LabHome } from '../helpers/lab.ts';

/** A title, the clipboard, a cleared screen, hidden text, a C1 introducer, reversed text; none of it may arrive. */
const hostile = '\u001b]0;title\u0007\u001b]52;c;eA==\u0007\u001b[2J\u001b[8mhidden\u009b31m\u0085\u202egnp.exe\u2066\b\b\r';
const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

describe('what the command line prints', () => {
  let printed = '';
  const catchAll = (terminal: boolean) => {
    printed = '';
    vi.stubEnv('NO_COLOR', '');
    for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, 'write').mockImplementation((text) => { printed += String(text); return true; });
    Object.defineProperty(process.stdout, 'isTTY', { value: terminal, configurable: true });
  };
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    Reflect.deleteProperty(process.stdout, 'isTTY');
  });

  test('has its own colors on a terminal, and none of the data', () => {
    catchAll(true);
    print(table([['name', 'state'], [hostile, paint('finished', 'green')], ['a\nb', paint(hostile, 'red')]]));
    expect(printed.match(/\u001b\[\d+m/g)).toEqual(['\u001b[32m', '\u001b[0m', '\u001b[31m', '\u001b[0m']);
    expect(printed.replaceAll(/\u001b\[(32|31|0)m/g, '')).not.toMatch(obeyed);
    expect(printed.trimEnd().split('\n')).toHaveLength(3); // a break in a name makes no line
  });

  test('is escaped in remarks, errors and JSON, which still parses to the same', () => {
    catchAll(false);
    remark(hostile);
    printError(new LabError('USAGE', hostile), false);
    printError(new LabError('USAGE', hostile), true);
    expect(printed).not.toMatch(obeyed);
    printed = '';
    printJson({ [hostile]: hostile });
    expect(printed).not.toMatch(obeyed);
    expect(JSON.parse(printed)).toEqual({ [hostile]: hostile });
  });
});

describe('a home with hostile runs', () => {
  let lab: LabHome;
  let id: string;
  beforeAll(() => {
    lab = createLabHome();
    const small = ['model.dim=8', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.test_size=20', 'dataset.data_module.val_size=10', 'dataset.data_module.batch_size=8', 'train.max_iter=6', 'train.eval_test_freq=2'];
    [{ id }] = lab.json<[RunDetail]>('run', 'experiment=quickstart', ...small);
    // As a bundle of another version, or another program, may have left it; the database is made again from it.
    const folder = join(lab.home, 'runs', id);
    const change = (name: string, edit: (text: string) => string) => writeFileSync(join(folder, name), edit(readFileSync(join(folder, name), 'utf8')));
    change('run.json', (text) => { const document = JSON.parse(text) as RunDocument; return JSON.stringify({ ...document, name: hostile, tags: [hostile], notes: hostile, overrides: [...document.overrides, `+note='${hostile}'`] }); });
    change('state.json', (text) => JSON.stringify({ ...(JSON.parse(text) as object), reason: hostile }));
    change('journal.jsonl', (text) => {
      const lines = text.trimEnd().split('\n').map((line) => line.replaceAll('"train/loss"', JSON.stringify(hostile)));
      const note = JSON.stringify({ type: 'note', step: 6, time: Date.now(), level: 'warning', message: hostile });
      return `${[...lines.slice(0, -1), note, ...lines.slice(-1)].join('\n')}\n`;
    });
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(lab.home, `lab.db${suffix}`), { force: true });
    writeFileSync(join(lab.home, 'runs', id, 'log.txt'), `first line\n${hostile}\n`);
  }, 120_000);
  afterAll(() => lab.remove());

  // 'HOSTILE' and 'ID' stand for what is passed, so that the names of these tests hold nothing hostile themselves.
  test.each([
    'runs list', 'runs list --json', 'runs show ID', 'runs show ID --metric HOSTILE', 'runs show HOSTILE', 'runs log ID', 'compare ID --by run', 'compare ID --by run --csv', 'compare ID --by run --latex', 'compare ID --saved HOSTILE',
    'runs rename ID HOSTILE', 'run train.HOSTILE=1', 'runs HOSTILE', 'runs --HOSTILE',
  ])('%s prints nothing that a terminal obeys', (line) => {
    const { stdout, stderr } = lab.lab(...line.split(' ').map((word) => word.replace('ID', id).replace('HOSTILE', hostile)));
    expect(stdout + stderr).not.toBe('');
    expect(stdout).not.toMatch(obeyed);
    expect(stderr).not.toMatch(obeyed);
  });
});

describe('names and tags', () => {
  test('of blanks, with line breaks or control characters are refused where they are made', () => {
    const lab = createLabHome();
    try {
      for (const args of [['--name', '   '], ['--name', 'two\nlines'], ['--tag', 'ok', '--tag', '\u202ename']]) {
        const { status, stderr } = lab.lab('run', ...args, 'experiment=quickstart');
        expect(status, args.join(' ')).toBe(2);
        expect(stderr).toMatch(/(name|tag) of a run must have visible characters/);
      }
      expect(lab.json('runs', 'list')).toEqual([]);
    } finally {
      lab.remove();
    }
  }, 120_000);
});
