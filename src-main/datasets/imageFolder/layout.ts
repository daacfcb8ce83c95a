// How a folder of images is laid out: which folders are splits and classes, and what is left out with its reason.
// Nothing is decoded here, and links are not followed.
import { readdir } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { LabError, type SkippedFile } from '#contract';
import { className, foreignName, formatOfName, holdsImages, splitOfName, type SplitName } from './names.ts';

/** An image of a class, by its path and the class's number. */
export type Sample = { file: string; label: number };

/** Classes with training images, the samples of each split, what is left out, and what a user should know before the import. */
export type FolderTree = { classes: string[]; splits: Map<SplitName, Sample[]>; skipped: SkippedFile[]; warnings: string[] };

type Listed = { path: string; folders: string[]; images: string[] };
type ClassFolder = { name: string; folder: string; images: string[] };
type Bases = { splits: [SplitName, Listed][]; from: string };

const maxFiles = 5_000_000;
const maxWrappers = 3;
export const expectedLayout = 'Expected: one folder per class with JPEG or PNG images in it, or such folders below train/, val/ and test/.';

const some = (names: string[]): string => (names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', '));
const folders = (names: string[]): string => some(names.map((name) => `${name}/`));

/** Reads one folder tree; `skip` records what is left out, by its path within the source. */
class LayoutReader {
  readonly skipped: SkippedFile[] = [];
  readonly warnings: string[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  nameOf(path: string): string {
    return relative(this.#root, path).split(sep).join('/') || '.';
  }

  skip(path: string, reason: string): void {
    this.skipped.push({ file: `${this.nameOf(path)}${path.endsWith(sep) ? '/' : ''}`, reason });
  }

  refuse(what: string): LabError {
    return new LabError('DATASET_DAMAGED', `${this.#root} cannot be imported as an image folder: ${what} ${expectedLayout}`, { place: { file: this.#root } });
  }

  async list(path: string): Promise<Listed> {
    const result: Listed = { path, folders: [], images: [] };
    for (const item of await readdir(path, { withFileTypes: true })) {
      const foreign = foreignName(item.name);
      const at = join(path, item.name);
      if (foreign !== null) this.skip(item.isDirectory() ? `${at}${sep}` : at, foreign);
      else if (item.isDirectory()) result.folders.push(item.name);
      else if (!item.isFile()) this.skip(at, 'it is a link or no plain file');
      else if (formatOfName(item.name) === undefined) this.skip(at, 'its name ends neither in .jpg, .jpeg nor .png');
      else result.images.push(item.name);
    }
    result.folders.sort();
    result.images.sort();
    return result;
  }
}

/** Descends through folders that hold nothing but one folder of folders, as archives often unpack. */
async function unwrap(reader: LayoutReader, top: Listed): Promise<Listed> {
  let current = top;
  for (let turn = 0; turn < maxWrappers && current.images.length === 0 && current.folders.length === 1; turn += 1) {
    const inner = await reader.list(join(current.path, current.folders[0] as string));
    if (inner.folders.length === 0 || inner.images.length > 0) {
      // The single class, or a class with folders in it: what was listed is listed again as a class.
      reader.skipped.splice(0, reader.skipped.length, ...reader.skipped.filter(({ file }) => !file.startsWith(`${reader.nameOf(inner.path)}/`)));
      return current;
    }
    current = inner;
  }
  return current;
}

/** Whether a folder named like a split holds class folders, and is not a class of that name. */
const holdsClasses = ({ folders: inner, images }: Listed): boolean => inner.length > 0 && (images.length === 0 || inner.length > 1);

async function findSplits(reader: LayoutReader, top: Listed): Promise<Bases> {
  const from = reader.nameOf(top.path);
  const before = reader.skipped.length;
  const named: { name: string; role: SplitName; listed: Listed }[] = [];
  for (const name of top.folders) {
    const role = splitOfName(name);
    if (role !== null) named.push({ name, role, listed: await reader.list(join(top.path, name)) });
  }
  const layered = named.filter(({ listed }) => holdsClasses(listed));
  if (!layered.some(({ role }) => role === 'train')) {
    if (layered.length > 0) throw reader.refuse(`it has ${folders(layered.map(({ name }) => name))} with folders in it, but no train/.`);
    reader.skipped.length = before; // they are read as classes
    return { splits: [['train', top]], from };
  }
  for (const { name, role } of layered) {
    const twins = layered.filter((other) => other.role === role).map((other) => other.name);
    if (twins.length > 1 && name === twins[0]) throw reader.refuse(`${folders(twins)} would both be the ${role === 'val' ? 'validation' : role === 'test' ? 'test' : 'training'} split. Keep one of them.`);
  }
  for (const name of top.folders.filter((other) => !layered.some((split) => split.name === other))) {
    const unlabelled = named.find((split) => split.name === name)?.listed.images.length ?? 0;
    reader.skip(`${join(top.path, name)}${sep}`, unlabelled > 0 ? `it holds ${unlabelled} images without class folders` : 'it lies beside train/ and is no split (train, val or test)');
    if (unlabelled > 0) reader.warnings.push(`${name}/ is left out: its ${unlabelled} images are not in class folders.`);
  }
  for (const image of top.images) reader.skip(join(top.path, image), 'it lies outside the class folders');
  return { splits: layered.map(({ role, listed }) => [role, listed]), from };
}

/** The class folders of a split. One without images of its own may hold them in a single folder named like `images`. */
async function listClasses(reader: LayoutReader, { path, folders: names }: Listed): Promise<{ found: ClassFolder[]; nested: string[]; empty: string[] }> {
  const result = { found: [] as ClassFolder[], nested: [] as string[], empty: [] as string[] };
  for (const folder of names) {
    let listed = await reader.list(join(path, folder));
    const inner = listed.folders[0];
    if (listed.images.length === 0 && listed.folders.length === 1 && inner !== undefined && holdsImages(inner)) listed = await reader.list(join(listed.path, inner));
    if (listed.images.length === 0) {
      const deeper = listed.folders.length > 0;
      (deeper ? result.nested : result.empty).push(folder);
      reader.skip(`${join(path, folder)}${sep}`, deeper ? `it holds no image itself, but folders (${some(listed.folders)}); folders within a class are not read` : 'it holds no image, so it is not a class');
    } else {
      for (const name of listed.folders) reader.skip(`${join(listed.path, name)}${sep}`, 'folders within a class are not read');
    }
    result.found.push({ name: className(folder), folder: join(path, folder), images: listed.images.map((image) => join(listed.path, image)) });
  }
  return result;
}

/** What was found instead of two classes, for the message. */
function describeTooFew(classes: string[], { nested, top }: { nested: string[]; top: Listed }): string {
  const count = classes.length === 0 ? 'no class with training images was found.' : `only one class with training images was found (${classes[0]}); a classifier needs at least two.`;
  if (nested.length > 0) return `${count} ${folders(nested)} ${nested.length === 1 ? 'holds' : 'hold'} folders instead of images. If those are the classes, import ${nested.length === 1 ? 'that folder' : 'each of these folders, or move the class folders up one level'}.`;
  return top.images.length > 0 ? `${count} ${top.images.length} images lie outside of any class folder.` : count;
}

/** Removes the classes without training images, and what other splits have of them. */
export function dropUntrained(tree: FolderTree, nameOf: (path: string) => string): FolderTree {
  const trained = new Set((tree.splits.get('train') ?? []).map(({ label }) => label));
  const kept = tree.classes.filter((_, label) => trained.has(label));
  if (kept.length === tree.classes.length) return tree;
  const splits = new Map<SplitName, Sample[]>();
  for (const [split, samples] of tree.splits) {
    for (const [label, name] of tree.classes.entries()) {
      const lost = trained.has(label) ? [] : samples.filter((sample) => sample.label === label);
      if (lost.length === 0) continue;
      const twin = kept.find((other) => other.toLowerCase() === name.toLowerCase());
      tree.warnings.push(`The class ${name} has no training image: its ${lost.length} images in ${split}/ are left out.${twin ? ` There is a class ${twin}; rename the folder if they are the same.` : ''}`);
      for (const { file } of lost) tree.skipped.push({ file: nameOf(file), reason: `the class ${name} has no training image` });
    }
    const labelled = samples.filter(({ label }) => trained.has(label)).map(({ file, label }) => ({ file, label: kept.indexOf(tree.classes[label] as string) }));
    if (labelled.length > 0) splits.set(split, labelled);
  }
  return { ...tree, classes: kept, splits };
}

/**
 * The classes and images of the folder `path`. Splits are recognised by their customary names, in any case; class names are compared in NFC.
 * @throws LabError DATASET_DAMAGED where there are fewer than two classes with training images, with what was found; DATASET_HOSTILE for too many files
 */
export async function readLayout(path: string): Promise<FolderTree> {
  const reader = new LayoutReader(path);
  const top = await unwrap(reader, await reader.list(path));
  const { splits: bases, from } = await findSplits(reader, top);
  const listed: [SplitName, ClassFolder[]][] = [];
  const nested: string[] = [];
  for (const [split, base] of bases) {
    const classes = await listClasses(reader, base);
    nested.push(...classes.nested.map((name) => reader.nameOf(join(base.path, name))));
    if (classes.empty.length > 0) reader.warnings.push(`${folders(classes.empty)} ${classes.empty.length === 1 ? 'holds no image and is not a class' : 'hold no image and are not classes'}${bases.length > 1 ? ` of ${split}/` : ''}.`);
    for (const image of base.images) reader.skip(join(base.path, image), 'it lies outside the class folders');
    listed.push([split, classes.found]);
  }
  const names = [...new Set(listed.flatMap(([, found]) => found.map(({ name }) => name)))].sort();
  const splits = new Map<SplitName, Sample[]>();
  for (const [split, found] of listed) {
    const samples = found.flatMap(({ name, images }) => images.map((file) => ({ file, label: names.indexOf(name) })));
    if (samples.length > 0) splits.set(split, samples.sort((one, other) => one.label - other.label));
  }
  const files = [...splits.values()].reduce((sum, samples) => sum + samples.length, 0);
  if (files > maxFiles) throw new LabError('DATASET_HOSTILE', `${path} holds more than ${maxFiles} images.`, { place: { file: path } });
  if (from !== '.' && splitOfName(basename(from)) === null) reader.warnings.push(`The classes are read from ${from}/, the only folder in ${path}.`);
  if (nested.length > 0) reader.warnings.push(`${folders(nested)} ${nested.length === 1 ? 'holds' : 'hold'} folders instead of images and ${nested.length === 1 ? 'is' : 'are'} left out.`);
  const tree = dropUntrained({ classes: names, splits, skipped: reader.skipped, warnings: reader.warnings }, (file) => reader.nameOf(file));
  if (tree.classes.length < 2) throw reader.refuse(describeTooFew(tree.classes, { nested, top }));
  return tree;
}
