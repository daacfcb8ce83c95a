// What a server that other computers reach does not take: names of its own files and folders, other servers to fetch from, its environment.
// The token is code execution as the person who started it; the connection is not encrypted, so somebody else may come to have it.
import { LabError } from '#contract';

/** Inputs by procedure; `all` where the procedure is for nothing else. */
const local: ReadonlyMap<string, readonly string[] | 'all'> = new Map<string, readonly string[] | 'all'>([
  ['exports.run', 'all'], ['exports.bundle', 'all'], ['exports.importBundle', 'all'], ['datasets.import', 'all'], ['datasets.inspect', 'all'],
  ['datasets.install', ['mirror']], ['engines.install', ['index', 'from', 'wheels']], ['settings.set', ['mirror', 'datasets']],
]);

/** A resolver of OmegaConf in any notation (`oc.env`, `oc[env]`; others can build a text that names it), or a name that is put together by an interpolation. */
const environment = /\$\{\s*\[?\s*oc\s*[.[\]]|\$\{[^{}:]*\$\{/;

const namesEnvironment = (value: unknown): boolean =>
  typeof value === 'string' ? environment.test(value) : typeof value === 'object' && value !== null && Object.values(value).some(namesEnvironment);

/** @throws LabError USAGE */
export function refuseFromRemote(path: string, input: unknown): void {
  const refused = local.get(path);
  const given = typeof input === 'object' && input !== null ? Object.entries(input).filter(([, value]) => value !== undefined && value !== null).map(([key]) => key) : [];
  const key = refused === 'all' ? path : refused?.find((name) => given.includes(name));
  if (key !== undefined) throw new LabError('USAGE', `A server with --allow-remote does not take '${key}': it names files or servers of its own computer. Do this on that computer, with the command line or without --allow-remote.`, { place: { key } });
  if (namesEnvironment(input)) throw new LabError('USAGE', 'A server with --allow-remote does not read its environment (oc.env) for a request. Write the value itself.', { place: { key: 'overrides' } });
}
