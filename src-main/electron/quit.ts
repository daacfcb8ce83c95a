// Leaving while runs train: the question, and the note of which ones go on at the next start.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Dialog } from 'electron';
import { z } from 'zod';
import { writeFileAtomically } from '#runs';
import { findRun, resumeRun, type Lab } from '#services';

export type Leaving = 'stay' | 'resume later' | 'leave';
const answers: readonly Leaving[] = ['resume later', 'leave', 'stay'];

/** Asks what to do about runs at work; without any there is nothing to ask. */
export function askToLeave(dialog: Pick<Dialog, 'showMessageBoxSync'>, atWork: number): Leaving {
  if (atWork === 0) return 'leave';
  const answer = dialog.showMessageBoxSync({
    type: 'question', title: 'VSGD Lab', message: atWork === 1 ? 'A run is training.' : `${atWork} runs are training.`,
    detail: 'If you quit, each saves a checkpoint first. Later it goes on from there with the same bits.',
    buttons: ['Quit, resume at next start', 'Quit', 'Keep training'], defaultId: 2, cancelId: 2, noLink: true,
  });
  return answers[answer] ?? 'stay';
}

const fileOf = ({ home }: Lab) => join(home.root, 'resume.json');
const noted = z.array(z.string());

/** Notes runs to go on with at the next start. */
export function noteForResume(lab: Lab, ids: string[]): void {
  if (ids.length > 0) writeFileAtomically(fileOf(lab), [JSON.stringify(ids), '\n']);
}

/** Queues the noted runs again that are interrupted, once; returns their ids. */
export function resumeNoted(lab: Lab): string[] {
  const file = fileOf(lab);
  if (!existsSync(file)) return [];
  let ids: string[] = [];
  try {
    ids = noted.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Not what we wrote: nothing is resumed by itself; the runs stand as interrupted in the list.
  }
  rmSync(file, { force: true });
  return ids.filter((id) => {
    try {
      return findRun(lab, id).state === 'interrupted' && resumeRun(lab, id) === id;
    } catch {
      return false; // deleted in the meantime
    }
  });
}
