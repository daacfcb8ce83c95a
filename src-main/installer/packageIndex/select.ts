// Picks the wheel of a project: the newest final release that is not too new, fits this computer and was not withdrawn.
import { LabError } from '#contract';
import type { IndexConfiguration } from './configuration.ts';
import { listProject, type IndexFile } from './pages.ts';
import { compareNumbers, fitsPlatform, meets, parseWheelName, releaseNumbers, type Platform } from './wheels.ts';

/** A wheel to fetch. */
export type Wheel = IndexFile & { project: string; version: string; sha256: string };
/** `requirement`: as "<13,>=12.5"; `version`: exactly this one, withdrawn or preview or not. */
export type Wanted = { projects: readonly string[]; requirement: string; version?: string };
export type SelectOptions = { configuration: IndexConfiguration; platform: Platform; signal?: AbortSignal };

type Named = IndexFile & { project: string; version: string; platforms: string[]; numbers: number[] | null };

function candidates(files: readonly IndexFile[], project: string): Named[] {
  return files.flatMap((entry) => {
    const name = parseWheelName(entry.file);
    return name?.project === project ? [{ ...entry, project, version: name.version, platforms: name.platforms, numbers: releaseNumbers(name.version) }] : [];
  });
}

/** Whether a file can be taken on this computer, whatever its version. */
const isFor = ({ sha256, platforms }: Named, platform: Platform): boolean => sha256 !== null && platforms.some((tag) => fitsPlatform(tag, platform));
const newestFirst = (one: Named, other: Named): number => compareNumbers(other.numbers ?? [], one.numbers ?? []);

/** The best of what one or several indexes list; null where nothing fits. */
export function selectWheel(files: readonly IndexFile[], { project, requirement, version, platform }: { project: string; requirement: string; version?: string; platform: Platform }): Wheel | null {
  const fitting = candidates(files, project).filter((entry) => {
    const right = version === undefined ? !entry.yanked && entry.numbers !== null && meets(entry.numbers, requirement) : entry.version === version;
    return right && isFor(entry, platform);
  });
  // The same file on every computer, so that a resumed installation asks for what it has begun.
  fitting.sort((one, other) => newestFirst(one, other) || (one.file < other.file ? -1 : 1));
  return (fitting[0] as Wheel | undefined) ?? null;
}

/** What the index has instead: the newest final releases for this computer that were not withdrawn. */
function describeListed(listed: readonly Named[], platform: Platform): string {
  if (listed.length === 0) return 'It is not there at all.';
  const versions = new Set(listed.filter((entry) => entry.numbers !== null && !entry.yanked && isFor(entry, platform)).toSorted(newestFirst).map(({ version }) => version));
  return versions.size === 0 ? 'No release of it has one.' : `The newest that fit are ${[...versions].slice(0, 8).join(', ')}.`;
}

function nothingFits({ projects, requirement, version }: Wanted, listed: readonly Named[], { configuration, platform }: SelectOptions): LabError {
  const wanted = version === undefined ? `a release ${requirement}, not withdrawn` : `version ${version}`;
  const where = configuration.indexes.map(({ address }) => address).join(', ');
  return new LabError('NOT_FOUND', `${where} has no wheel of ${projects.join(' or ')} that fits ${platform.system} on ${platform.arch} (${wanted}, with a SHA-256). ${describeListed(listed, platform)} Choose another --version or --index, or give the file with --wheel.`);
}

/** Asks every index; the newest wheel of the first project that has one. @throws LabError NOT_FOUND, DOWNLOAD_FAILED, CANCELLED */
export async function findWheel(wanted: Wanted, options: SelectOptions): Promise<Wheel> {
  const { configuration, platform, signal } = options;
  const listed: Named[] = [];
  for (const project of wanted.projects) {
    const pages = await Promise.all(configuration.indexes.map((index) => listProject(project, index, { ca: configuration.ca, signal })));
    const files = pages.flatMap((page) => page ?? []);
    const wheel = selectWheel(files, { project, requirement: wanted.requirement, version: wanted.version, platform });
    if (wheel !== null) return wheel;
    listed.push(...candidates(files, project));
  }
  throw nothingFits(wanted, listed, options);
}
