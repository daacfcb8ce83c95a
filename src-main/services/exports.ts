// A run's data as files that others read (CSV, JSON, YAML, safetensors), and bundles that another computer imports.
import { createHash } from 'node:crypto';
import { closeSync, cpSync, createReadStream, existsSync, lstatSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { create } from 'tar';
import { z } from 'zod';
import { parseOverride, toYaml } from '#config';
import { LabError, ownValue, type RunDocument } from '#contract';
import { unpackPlainTar } from '#datasets';
import { csvCell } from '#figures';
import { enterFolder, makeFolder, moveDurably, pathsIn, readCuts, readJson, readRunDocument, regularFile, runPaths, syncTree, writeRunDocument } from '#runs';
import { deleteRun, eachLayers, getRun, listSeries, readSeries } from '#store';
import type { Lab } from './lab.ts';
import { findRun, requireResting } from './runs.ts';

type Row = { key: string; step: number; time: number; value: number };

function metricRows({ database }: Lab, id: string): Row[] {
  return listSeries(database, id).flatMap((key) => {
    const { steps, times, values } = readSeries(database, id, { key });
    return Array.from(steps, (step, index) => ({ key, step, time: times[index] as number, value: values[index] as number }));
  });
}

const jsonValue = (value: number) => (Number.isFinite(value) ? value : String(value));

const toCsv = (rows: Row[]) => `metric,step,time,value\n${rows.map(({ key, step, time, value }) => `${csvCell(key)},${step},${time},${jsonValue(value)}`).join('\n')}\n`;

/** All metrics of a run as CSV. */
export function metricsCsv(lab: Lab, reference: string): string {
  const { id } = findRun(lab, reference);
  lab.ingest.ingestRun(id);
  return toCsv(metricRows(lab, id));
}

/** The optimizer's measures, a line per step, tensor and measure; the rows without a tensor are over all elements. */
function layersCsv({ database }: Lab, id: string): string[] {
  const lines = ['step,tensor,size,measure,q10,q50,q90'];
  for (const { step, tensors, sizes, total, measures } of eachLayers(database, id)) {
    const size = sizes.reduce((sum, each) => sum + each, 0);
    for (const [name, values] of Object.entries(total)) if (values) lines.push(`${step},,${size},${csvCell(name)},${values.join()}`);
    for (const [name, list] of Object.entries(measures)) list.forEach((values, at) => { if (values) lines.push(`${step},${csvCell(tensors[at] ?? '')},${sizes[at]},${csvCell(name)},${values.join()}`); });
  }
  return lines;
}

/** Folders and regular files: of what else there may be, nothing is copied. */
const isPlain = (path: string): boolean => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && (found.isFile() || found.isDirectory());
};

const exportedNames = ['metrics.csv', 'metrics.json', 'layers.csv', 'config.yaml', 'run.json', 'checkpoints'];

/** Whether a folder holds an export of this run, which another one may replace. */
function isExportOf(folder: string, id: string): boolean {
  try {
    return ownValue(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')), 'id') === id;
  } catch {
    return false; // no run.json, or none of ours
  }
}

/** @throws LabError CONFLICT where files of another run, or of somebody, would be written over */
export function checkExportFolder(folder: string, id: string): void {
  const present = exportedNames.find((name) => lstatSync(join(folder, name), { throwIfNoEntry: false }) !== undefined);
  if (present === undefined || isExportOf(folder, id)) return;
  const what = present === 'run.json' || existsSync(join(folder, 'run.json')) ? 'the export of another run' : `a ${present} that is no export of this run`;
  throw new LabError('CONFLICT', `${folder} holds ${what}; nothing was written. Choose another folder, or write over it with --force.`, { place: { file: join(folder, present) } });
}

/**
 * Writes metrics.csv, metrics.json, config.yaml, run.json and the checkpoints into a folder; layers.csv where the optimizer was logged.
 * @throws LabError CONFLICT where that would replace anything but an export of this run, unless `force`
 */
export function exportRun(lab: Lab, reference: string, { folder, force = false }: { folder: string; force?: boolean }): string[] {
  const { id } = findRun(lab, reference);
  if (!force) checkExportFolder(folder, id);
  const flag = force || isExportOf(folder, id) ? 'w' : 'wx';
  lab.ingest.ingestRun(id);
  const paths = runPaths(lab.home, id);
  const rows = metricRows(lab, id);
  const layers = layersCsv(lab, id);
  makeFolder(folder, 0o777);
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { flag });
    return join(folder, name);
  };
  const written = [
    write('metrics.csv', toCsv(rows)),
    write('metrics.json', `${JSON.stringify(rows.map((row) => ({ ...row, value: jsonValue(row.value) })))}\n`),
    ...(layers.length > 1 ? [write('layers.csv', `${layers.join('\n')}\n`)] : []),
    write('config.yaml', toYaml(readRunDocument(paths.root).config)),
    write('run.json', `${JSON.stringify(readRunDocument(paths.root), null, 2)}\n`),
  ];
  if (existsSync(paths.checkpoints)) cpSync(paths.checkpoints, join(folder, 'checkpoints'), { recursive: true, filter: isPlain });
  return [...written, join(folder, 'checkpoints')];
}

const manifestSchema = z.strictObject({ version: z.literal(1), files: z.record(z.string(), z.strictObject({ bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) })) });
const bundled = (name: string) => !/(\.lock|heartbeat|\.tmp-\d+)$/.test(name);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && bundled(entry.name)).map((entry) => join(entry.parentPath, entry.name));
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Makes the file, so that nobody's is written over. @throws LabError CONFLICT */
function claim(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new LabError('CONFLICT', `${file} is there already; nothing was written. Name another file, or write over it with --force.`, { place: { file }, cause });
  }
}

/** Writes runs with everything in their directories into one tar file. @throws LabError CONFLICT where the file is there, unless `force` */
export async function exportBundle(lab: Lab, references: string[], { file, force = false }: { file: string; force?: boolean }): Promise<string[]> {
  const rows = references.map((reference) => findRun(lab, reference));
  rows.forEach(requireResting);
  const ids = rows.map(({ id }) => id);
  if (!force) claim(file);
  const staging = mkdtempSync(join(lab.home.root, 'bundle-'));
  try {
    const files: Record<string, { bytes: number; sha256: string }> = {};
    for (const id of ids) {
      const { root } = runPaths(lab.home, id);
      cpSync(root, join(staging, id), { recursive: true, filter: (source) => bundled(source) && isPlain(source) && source !== pathsIn(root).state });
      for (const path of filesBelow(join(staging, id))) files[relative(staging, path).split(sep).join('/')] = { bytes: statSync(path).size, sha256: await sha256Of(path) };
    }
    writeFileSync(join(staging, 'bundle.json'), JSON.stringify({ version: 1, files }));
    await create({ file, cwd: staging, portable: true }, ['bundle.json', ...ids]);
    return ids;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

const damaged = (file: string, what: string, cause?: unknown) => new LabError('BUNDLE_INVALID', `${file} is not a bundle that can be imported: ${what}. Nothing was imported.`, { place: { file }, cause });
const memberPattern = /^(bundle\.json|[0-9a-f-]{36}(\/[A-Za-z0-9][A-Za-z0-9._-]{0,100}){0,2}\/?)$/;

/** The disk may be full, which says nothing of the bundle. */
function importError(file: string, cause: unknown): LabError {
  if (cause instanceof LabError && ['DISK_FULL', 'BUNDLE_INVALID', 'CONFLICT'].includes(cause.code)) return cause;
  const full = cause instanceof Error && [cause, cause.cause].some((one) => ['ENOSPC', 'SQLITE_FULL'].includes((one as NodeJS.ErrnoException | undefined)?.code ?? ''));
  if (full) return new LabError('DISK_FULL', `${file} was not imported: the disk that holds the home is full. Free some space (vsgd-lab runs purge) and try again.`, { place: { file }, cause });
  return damaged(file, cause instanceof Error ? cause.message : String(cause), cause);
}

async function unpackBundle(file: string, staging: string): Promise<void> {
  const refused = await unpackPlainTar(file, staging, (path) => memberPattern.test(path)).catch((cause: unknown) => { throw importError(file, cause); });
  if (refused !== null) throw damaged(file, `it holds '${refused}', which no bundle of ours would`);
}

async function checkBundle(file: string, staging: string): Promise<string[]> {
  const manifestFile = join(staging, 'bundle.json');
  const manifest = readJson(manifestFile);
  if (manifest === undefined) throw damaged(file, 'it has no bundle.json');
  const parsed = manifestSchema.safeParse(manifest);
  if (!parsed.success) throw damaged(file, z.prettifyError(parsed.error));
  const present = filesBelow(staging).map((path) => relative(staging, path).split(sep).join('/')).filter((path) => path !== 'bundle.json');
  const unknown = present.find((path) => !Object.hasOwn(parsed.data.files, path));
  if (unknown) throw damaged(file, `'${unknown}' is not in its list`);
  for (const [path, { bytes, sha256 }] of Object.entries(parsed.data.files)) {
    const at = join(staging, path);
    if (!present.includes(path) || statSync(at).size !== bytes || (await sha256Of(at)) !== sha256) throw damaged(file, `'${path}' is missing or altered`);
  }
  return readdirSync(staging).filter((name) => name !== 'bundle.json');
}

/** A run of a bundle, checked as a whole before anything of it is taken; its configuration folder was on another computer. */
function readArrived(folder: string): RunDocument {
  const document: RunDocument = { ...readRunDocument(folder), configDir: null };
  for (const text of document.overrides) parseOverride(text);
  const paths = pathsIn(folder);
  readCuts(paths);
  for (const file of [paths.journal, paths.log, paths.evaluation]) regularFile(file);
  return document;
}

/** Puts runs in place one after the other; where one cannot be entered, those before it are taken out again. */
function enterArrived(lab: Lab, staging: string, documents: RunDocument[]): void {
  const done: string[] = [];
  try {
    for (const document of documents) {
      const [from, { root }] = [join(staging, document.id), runPaths(lab.home, document.id)];
      rmSync(pathsIn(from).state, { force: true }); // its place in the queue was that of another computer
      writeRunDocument(from, document);
      syncTree(from);
      moveDurably(from, root);
      done.push(document.id);
      enterFolder(lab.database, root, null);
      lab.ingest.ingestRun(document.id);
    }
  } catch (error) {
    for (const id of done) {
      deleteRun(lab.database, id);
      rmSync(runPaths(lab.home, id).root, { recursive: true, force: true });
    }
    throw error;
  }
}

/** Imports a bundle, all its runs or none; runs that are here already are left alone. @throws LabError BUNDLE_INVALID, CONFLICT, DISK_FULL */
export async function importBundle(lab: Lab, file: string): Promise<{ imported: string[]; known: string[] }> {
  if (!existsSync(file)) throw new LabError('NOT_FOUND', `There is no file ${file}.`, { place: { file } });
  let staging = '';
  try {
    staging = mkdtempSync(join(lab.home.root, 'bundle-'));
    await unpackBundle(file, staging);
    const documents = (await checkBundle(file, staging)).map((id) => readArrived(join(staging, id)));
    const known = documents.flatMap(({ id, configHash }) => {
      const row = getRun(lab.database, id);
      if (row && (JSON.parse(row.document) as RunDocument).configHash !== configHash) throw new LabError('CONFLICT', `Run ${id} of ${file} is here already, with another configuration. Purge the one here first if the other shall replace it; nothing was imported.`);
      if (!row && existsSync(runPaths(lab.home, id).root)) throw new LabError('CONFLICT', `Run ${id} of ${file} has a folder here already, ${runPaths(lab.home, id).root}, which is not in the database. Move it away, or restore it with vsgd-lab runs rebuild; nothing was imported.`);
      return row ? [id] : [];
    });
    const arrived = documents.filter(({ id }) => !known.includes(id));
    enterArrived(lab, staging, arrived);
    return { imported: arrived.map(({ id }) => id), known };
  } catch (cause) {
    throw importError(file, cause);
  } finally {
    if (staging !== '') rmSync(staging, { recursive: true, force: true });
  }
}
