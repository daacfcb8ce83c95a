// Answers of a model, counted by class and by pair of classes.
import type { Evaluation } from '#contract';

export type ClassRow = { label: number; right: number; total: number; share: number };

/** Right answers by class, worst first; a class without pictures comes last. */
export function classRows({ classes, confusion }: Evaluation): ClassRow[] {
  const rows = Array.from({ length: classes }, (_, label): ClassRow => {
    const answers = confusion.slice(label * classes, (label + 1) * classes);
    const total = answers.reduce((sum, value) => sum + value, 0);
    const right = answers[label] ?? 0;
    return { label, right, total, share: total === 0 ? 0 : right / total };
  });
  return rows.sort((a, b) => Number(a.total === 0) - Number(b.total === 0) || a.share - b.share || a.label - b.label);
}

/** Which class is taken for which other, most often first. */
export function confusions({ classes, confusion }: Evaluation): { truth: number; prediction: number; pictures: number }[] {
  return confusion.flatMap((pictures, at) => {
    const [truth, prediction] = [Math.floor(at / classes), at % classes];
    return pictures > 0 && truth !== prediction ? [{ truth, prediction, pictures }] : [];
  }).sort((a, b) => b.pictures - a.pictures || a.truth - b.truth || a.prediction - b.prediction);
}

/** Places of the pictures of class `truth` that were taken for `prediction`, at most `most`; none where the answers were not kept. */
export function picturesOf({ answers }: Evaluation, { truth, prediction }: { truth: number; prediction: number }, most = 200): number[] {
  return (answers?.truths ?? []).flatMap((label, index) => (label === truth && answers?.predictions[index] === prediction ? [index] : [])).slice(0, most);
}
