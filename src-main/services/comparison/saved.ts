// Comparisons under a name: one file each in HOME/comparisons, so that they outlive the database.
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkPlainName, didYouMean, LabError, savedComparisonSchema, type SavedComparison } from '#contract';
import { makeFolder, readJson, writeFileAtomically } from '#runs';
import { getRun } from '#store';
import type { Lab } from '../lab.ts';
import { findRun } from '../runs.ts';

const folderOf = ({ home }: Lab): string => join(home.root, 'comparisons');
/** Any name is a file name: its digest. */
const fileOf = (lab: Lab, name: string): string => join(folderOf(lab), `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.json`);

function read(file: string): SavedComparison | null {
  try {
    return savedComparisonSchema.parse(readJson(file, { follow: true }));
  } catch {
    return null; // a file that is not ours, or spoiled: it is left alone and not shown
  }
}

/** All saved comparisons, by name. */
export function listComparisons(lab: Lab): SavedComparison[] {
  const folder = folderOf(lab);
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  const found = readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => read(join(folder, name)));
  return found.filter((one) => one !== null).sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** A saved comparison. @throws LabError NOT_FOUND */
export function getComparison(lab: Lab, name: string): SavedComparison {
  const found = read(fileOf(lab, name));
  if (found) return found;
  const known = listComparisons(lab).map((one) => one.name);
  throw new LabError('NOT_FOUND', `There is no saved comparison '${name}'.${didYouMean(name, known)} ${known.length === 0 ? 'None is saved yet.' : `Saved are: ${known.join(', ')}.`}`);
}

/** The runs of a saved comparison that are there; others have been deleted since, or are in the trash. @throws LabError NOT_FOUND where none is left */
export function presentRuns(lab: Lab, { name, comparison: { runs } }: SavedComparison): string[] {
  const left = runs.filter((id) => getRun(lab.database, id)?.trashed_at === null);
  if (left.length === 0) throw new LabError('NOT_FOUND', `The runs of '${name}' are gone or in the trash. vsgd-lab runs list --trash shows which can be restored.`);
  return left;
}

/** Saves a comparison, with the full ids of its runs; one of the same name is replaced. @throws LabError NOT_FOUND where a run is not there */
export function saveComparison(lab: Lab, input: Omit<SavedComparison, 'version'>): SavedComparison {
  checkPlainName('name of a comparison', input.name);
  const ids = input.comparison.runs.map((reference) => findRun(lab, reference).id);
  const saved = savedComparisonSchema.parse({ version: 1, ...input, comparison: { ...input.comparison, runs: ids } });
  makeFolder(folderOf(lab));
  writeFileAtomically(fileOf(lab, saved.name), [JSON.stringify(saved, null, 2), '\n']);
  return saved;
}

/** Forgets a saved comparison; its runs stay. @throws LabError NOT_FOUND */
export function removeComparison(lab: Lab, name: string): SavedComparison {
  const found = getComparison(lab, name);
  rmSync(fileOf(lab, name), { force: true });
  return found;
}
