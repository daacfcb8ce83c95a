// Damage to the database files, seed by seed: nobody is shown a wrong number, and everything comes back from the run directories.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLab, rebuildLab } from '#services';
import { copyHome, damageDatabase, everythingShown, fillHome } from '../helpers/damagedHomes.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const seeds = ['1', 'all'].includes(process.env.VSGD_LAB_LONG ?? '') ? 200 : 20;
const base = mkdtempSync(join(tmpdir(), 'vsgd-lab-homes-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
/** Homes to damage: with a database that was closed, and with one whose process was killed. */
let sound: string[] = [];
let others: string[] = [];
let truth: unknown;

function makeHome(name: string): [closed: string, killed: string] {
  const [closed, killed] = [join(base, name), join(base, `${name}-killed`)];
  const lab = openLab(closed);
  fillHome(lab);
  copyHome(closed, killed);
  lab.close();
  return [closed, killed];
}

beforeAll(() => {
  sound = makeHome('sound');
  others = makeHome('other');
  const lab = openLab(sound[0] as string);
  truth = everythingShown(lab);
  lab.close();
});

/** What a person is shown of a home. `checkedBytes` 0: as of a large database, which is not checked as a whole when it is opened. */
function shownOf(home: string, checkedBytes?: number): unknown {
  const lab = openLab(home, { checkedBytes });
  try {
    return everythingShown(lab);
  } finally {
    lab.close();
  }
}

test('the database of a killed process shows the same', () => {
  expect(existsSync(join(sound[1] as string, 'lab.db-wal'))).toBe(true);
  const home = join(scratchFolder(), 'home');
  copyHome(sound[1] as string, home);
  expect(shownOf(home)).toEqual(truth);
});

test.for(Array.from({ length: seeds }, (_, seed) => seed))('damage of seed %i shows no wrong number, and a rebuild repairs it', { timeout: 120_000 }, (seed) => {
  const folder = scratchFolder();
  for (const checkedBytes of [0, undefined]) {
    const home = join(folder, 'home');
    rmSync(home, { recursive: true, force: true });
    copyHome(sound[seed % 2] as string, home);
    const damage = damageDatabase(home, seed, others);
    expect(shownOf(home, checkedBytes), damage).toEqual(truth);
    rmSync(home, { recursive: true, force: true });
    copyHome(sound[seed % 2] as string, home);
    damageDatabase(home, seed, others);
    rebuildLab(home);
    expect(shownOf(home), `rebuilt after ${damage}`).toEqual(truth);
  }
});
