// `vsgd-lab serve`: the app in a browser, and the host of the queue while it is up.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Command } from 'commander';
import { childEnvironment, LabError } from '#contract';
import { findServer, startServer, type RunningServer } from '#server';
import { DatasetJobs, EngineJobs, keepHosting, type Lab } from '#services';
import { print, printJson, remark } from '../output.ts';
import type { Shared, WithLab } from './shared.ts';

type ServeFlags = Shared & { port?: string; host: string; allowRemote?: boolean; newToken?: boolean; open?: boolean };

function parsePort(text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535 && text !== '') return port;
  throw new LabError('USAGE', `--port must be a number from 0 to 65535; it is '${text}'.`, { place: { key: '--port' } });
}

/** Opens a file in the browser. The token stands in the file, not in the command line, which every user can read. */
function openInBrowser(file: string): void {
  const [program, ...args] = process.platform === 'darwin' ? ['open', file] : process.platform === 'win32' ? ['cmd', '/c', 'start', '', file] : ['xdg-open', file];
  const child = spawn(program as string, args, { detached: true, stdio: 'ignore', env: childEnvironment(process.env) });
  const tell = () => remark(`No browser could be started; open ${file} in one.`);
  child.on('error', tell);
  child.on('exit', (code) => { if (code) tell(); });
  child.unref();
}

/** The link with the token goes to a person's terminal only, never into a log. */
function announce({ address, token, files, warning }: RunningServer, flags: ServeFlags): void {
  if (warning) remark(`Warning: ${warning}`);
  if (flags.json) return printJson({ address, tokenFile: files.file, page: files.page });
  print(process.stdout.isTTY ? `VSGD Lab is at ${address}/?token=${token}` : `VSGD Lab is at ${address}. Open ${files.page} in a browser; the token is in ${files.file}.`);
  print('Press Ctrl-C to end it; runs at work are then saved and can be resumed.');
}

async function serve(lab: Lab, flags: ServeFlags, version: string): Promise<number> {
  const running = flags.open ? await findServer(lab.home) : null;
  if (running) {
    print(`VSGD Lab is up already, at ${running.address}.`);
    openInBrowser(running.page);
    return 0;
  }
  const [jobs, engineJobs] = [new DatasetJobs(lab), new EngineJobs(lab)];
  const server = await startServer({ context: { lab, jobs, engineJobs, version }, host: flags.host, port: parsePort(flags.port), allowRemote: flags.allowRemote, newToken: flags.newToken });
  // Before the first word: whoever reads it may end us at once.
  const ended = Promise.race((['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => once(process, name).then(() => name)));
  announce(server, flags);
  if (flags.open) openInBrowser(server.files.page);
  const ending = new AbortController();
  const hosting = keepHosting(lab, ending.signal);
  const signal = await ended;
  remark('Ending; runs at work save a checkpoint.');
  ending.abort();
  await Promise.all([server.close(), jobs.close(), engineJobs.close(), hosting]);
  return signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 129;
}

export function registerServe(program: Command, withLab: WithLab, version: string): void {
  program.command('serve')
    .description('the app in a browser, for this computer alone; works off the queue while it is up')
    .option('--port <number>', 'the port (0: any; else 7411 or the next that is free)')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--allow-remote', 'let --host be an address that other computers reach')
    .option('--new-token', 'make a new token: open pages and links of before are signed out')
    .option('--open', 'open the browser')
    .action(async (_options, command: Command) => {
      const flags = command.optsWithGlobals<ServeFlags>();
      await withLab(flags, (lab) => serve(lab, flags, version));
    });
}
