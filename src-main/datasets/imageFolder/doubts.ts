// What makes a folder an unlikely data set: an import then needs an explicit confirmation.
import { formatOfName, splitOfName } from './names.ts';
import type { ScannedFolder } from './scan.ts';

/** How many of `labels` there are of each class. */
export function countClasses(labels: Iterable<number>, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/** Reasons to doubt that a folder is meant as a data set; empty for a plausible one. */
export function doubtsOf({ classes, splits, skipped }: ScannedFolder): string[] {
  const doubts: string[] = [];
  const samples = [...splits.values()].flat();
  const all = countClasses(samples.map(({ label }) => label), classes.length);
  const single = classes.filter((_, label) => all[label] === 1);
  if (single.length > 0) doubts.push(`${single.length === classes.length ? 'Each class has' : `${single.length} of ${classes.length} classes have`} a single image (${single.slice(0, 4).join(', ')}${single.length > 4 ? ', …' : ''}).`);
  const foreign = skipped.filter(({ file, reason }) => !file.endsWith('/') && formatOfName(file) === undefined && reason.startsWith('its name')).length;
  if (foreign > samples.length) doubts.push(`Most files in it are not images: ${foreign} others beside ${samples.length} images.`);
  if (splits.size <= 2 && classes.every((name) => splitOfName(name) !== null)) doubts.push(`The classes would be ${classes.join(', ')}, which are names of splits. If their images have no class folders, this is not an image folder.`);
  return doubts;
}
