// Which package indexes pip would ask on this computer: its environment variables and its configuration files, read without pip.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '#contract';

/** One index: its address without credentials, and the header that signs in. Never print the header. */
export type PackageIndex = { address: string; authorization: string | null };

/** All that pip's configuration says that matters here; `ca`: certificates to trust besides the known ones, as PEM. */
export type IndexConfiguration = { indexes: PackageIndex[]; trusted: string[]; ca: string | null };

const publicIndex = 'https://pypi.org/simple';

/** The files in which pip looks, weakest first. */
function configurationFiles(environment: NodeJS.ProcessEnv): string[] {
  const { HOME = '', XDG_CONFIG_HOME, XDG_CONFIG_DIRS, VIRTUAL_ENV, PIP_CONFIG_FILE } = environment;
  if (PIP_CONFIG_FILE === '/dev/null' || PIP_CONFIG_FILE === 'nul') return [];
  const shared = (XDG_CONFIG_DIRS ?? '/etc/xdg').split(':').map((folder) => join(folder, 'pip', 'pip.conf'));
  const apple = process.platform === 'darwin' ? ['/Library/Application Support/pip/pip.conf', join(HOME, 'Library', 'Application Support', 'pip', 'pip.conf')] : [];
  const own = [join(HOME, '.pip', 'pip.conf'), join(XDG_CONFIG_HOME ?? join(HOME, '.config'), 'pip', 'pip.conf')];
  return [...shared, '/etc/pip.conf', ...apple, ...own, ...(VIRTUAL_ENV ? [join(VIRTUAL_ENV, 'pip.conf')] : []), ...(PIP_CONFIG_FILE ? [PIP_CONFIG_FILE] : [])];
}

/** Keys of the sections [global] and [install] of an ini text; a value may go on in indented lines. */
export function parsePipConfiguration(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let [section, key] = ['', ''];
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const head = /^\[(.+)\]\s*$/.exec(line)?.[1];
    const [, name, value] = /^([\w-]+)\s*[=:]\s*(.*)$/.exec(line) ?? [];
    if (head !== undefined) [section, key] = [head.trim(), ''];
    else if (section !== 'global' && section !== 'install') continue;
    else if (name !== undefined) found.set((key = name.toLowerCase().replaceAll('_', '-')), (value ?? '').trim());
    else if (/^\s/.test(line) && key !== '') found.set(key, `${found.get(key) ?? ''} ${line.trim()}`.trim());
  }
  return found;
}

function readSettings(environment: NodeJS.ProcessEnv): (key: string) => string | undefined {
  const settings = new Map<string, string>();
  for (const file of configurationFiles(environment)) {
    try {
      for (const [key, value] of parsePipConfiguration(readFileSync(file, 'utf8'))) settings.set(key, value);
    } catch {
      // no such file, as with most of them
    }
  }
  return (key) => environment[`PIP_${key.toUpperCase().replaceAll('-', '_')}`] || settings.get(key) || undefined;
}

/** Splits credentials from an address. @throws LabError USAGE, naming the address without them */
export function parseIndex(text: string, trusted: readonly string[] = []): PackageIndex {
  const url = URL.parse(text);
  const shown = text.replace(/\/\/[^/]*@/, '//');
  if (url === null || !/^https?:$/.test(url.protocol)) throw new LabError('USAGE', `'${shown}' is no package index: an index is an https address, as ${publicIndex}.`, { place: { key: '--index' } });
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !loopback && !trusted.includes(url.hostname) && !trusted.includes(url.host)) throw new LabError('USAGE', `The package index ${shown} is not asked over http, where anybody can change what arrives. Use its https address, or name its host in pip's trusted-host.`, { place: { key: '--index' } });
  const { username, password } = url;
  url.username = url.password = '';
  const authorization = username === '' ? null : `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
  return { address: url.href.replace(/\/*$/, '/'), authorization };
}

/** What pip would use here; `index` in its place where one is given. @throws LabError USAGE for an address that is none */
export function readIndexConfiguration(environment: NodeJS.ProcessEnv, index?: string): IndexConfiguration {
  const setting = readSettings(environment);
  const words = (key: string) => (setting(key) ?? '').split(/\s+/).filter((word) => word !== '');
  const trusted = words('trusted-host');
  const addresses = index === undefined ? [setting('index-url') ?? publicIndex, ...words('extra-index-url')] : [index];
  return { indexes: addresses.map((address) => parseIndex(address, trusted)), trusted, ca: readCertificates(setting('cert')) };
}

function readCertificates(file: string | undefined): string | null {
  if (file === undefined) return null;
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new LabError('USAGE', `pip's configuration names the certificates ${file}, which cannot be read: ${(cause as Error).message}. Mend the setting 'cert'.`, { place: { file }, cause });
  }
}
