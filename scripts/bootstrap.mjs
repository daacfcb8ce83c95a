// Makes a fresh clone runnable by itself: a current Node, the dependencies, then the command. Plain JavaScript for any Node >= 18.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cache = join(root, '.cache');
const needed = { major: 22, minor: 18, fetch: '24' };

/** What each command runs, in order; `<node>` scripts get the arguments that follow the command. */
const commands = {
  start: [['scripts/start.ts']],
  electron: [['node_modules/electron/install.js'], ['scripts/start.ts']],
  quickstart: [['src-main/cli/main.ts', 'run', '-m', 'experiment=quickstart', 'train/optimizer=notebook_vsgd,notebook_adam,notebook_sgd']],
  lab: [['src-main/cli/main.ts']],
  app: [['scripts/build.ts'], ['src-main/cli/main.ts', 'serve', '--open']],
  build: [['scripts/build.ts']],
  test: [['scripts/test.ts']],
  package: [['scripts/package.ts']],
  lint: [['scripts/lint.ts']],
  bench: [['bench/run.ts']],
  'bench:train': [['bench/train.ts']],
  'bench:mnist': [['bench/mnist.ts']],
  'bench:gpu': [['bench/gpu/run.ts']],
  guide: [['scripts/guide.ts']],
  ci: [['scripts/ci.ts']],
};

function fail(message) {
  process.stderr.write(`vsgd-lab: ${message}\n`);
  process.exit(1);
}

function isCurrent(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > needed.major || (major === needed.major && minor >= needed.minor);
}

/** Runs npm by the given Node: the npm that called us, or the one beside that Node or on the PATH. */
function npm(node, args, cwd = root) {
  const caller = process.env.npm_execpath;
  const beside = join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const script = caller?.endsWith('.js') ? caller : existsSync(beside) ? beside : null;
  const env = { ...process.env, PATH: dirname(node) + delimiter + process.env.PATH };
  const options = { cwd, env, stdio: ['ignore', 2, 2] }; // standard output is the command's own
  const result = script
    ? spawnSync(node, [script, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  if (result.error) fail(`npm could not be started: ${result.error.message}. Install npm (it comes with Node) and try again.`);
  return result.status === 0;
}

/** The path of a current Node from the npm registry, kept in .cache/node. */
function fetchedNode() {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const file = join(cache, 'node', 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(file)) {
    const why = isCurrent(process.versions.node) ? '' : `Node ${process.versions.node} is older than ${needed.major}.${needed.minor}: `;
    process.stderr.write(`vsgd-lab: ${why}fetching ${name}@${needed.fetch} from the npm registry into .cache/node, this once\n`);
    mkdirSync(join(cache, 'node'), { recursive: true });
    const done = npm(process.execPath, ['install', '--prefix', join(cache, 'node'), '--no-save', '--ignore-scripts', '--loglevel=error', `${name}@${needed.fetch}`]);
    if (!done || !existsSync(file)) fail(`no current Node could be fetched. Install Node >= ${needed.major}.${needed.minor} yourself (nodejs.org) and run the command again.`);
  }
  return file;
}

/** The path of a Node that is new enough: this one, or a fetched one. */
function currentNode() {
  return isCurrent(process.versions.node) ? process.execPath : fetchedNode();
}

/** Installs the locked dependencies of a folder unless they are there already. */
function installDependencies(node, folder = root) {
  const lock = readFileSync(join(folder, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).digest('hex');
  const stamp = join(folder, 'node_modules', '.vsgd-lab-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write('vsgd-lab: installing dependencies\n');
  if (!npm(node, ['ci', '--loglevel=error'], folder)) fail('the dependencies could not be installed; see the messages of npm above, then run the command again.');
  writeFileSync(stamp, wanted);
}

/** Where relative paths begin: a user's own place for `lab`, the checkout for the others. */
const folder = () => (command === 'lab' ? process.env.INIT_CWD ?? process.cwd() : root);

/** Runs `lab` in this very process: a signal sent to it reaches the command. */
async function runHere() {
  process.chdir(folder());
  process.argv.splice(1, 2, join(root, steps[0][0]));
  await import(pathToFileURL(process.argv[1]).href);
}

/** Runs a step to its end, by the current Node. What follows the command is for the last step. */
async function runStep(step) {
  const own = step === steps.at(-1) ? rest : [];
  const child = spawn(node, [join(root, step[0]), ...step.slice(1), ...own], { cwd: folder(), env, stdio: 'inherit' });
  // Ctrl-C reaches the child through the terminal's process group; what is sent to this process alone is handed on.
  const handlers = { SIGINT: () => {}, SIGTERM: () => child.kill('SIGTERM'), SIGHUP: () => child.kill('SIGHUP') };
  for (const [name, handler] of Object.entries(handlers)) process.on(name, handler);
  const [status, signal] = await once(child, 'exit');
  for (const [name, handler] of Object.entries(handlers)) process.off(name, handler);
  if (signal) process.kill(process.pid, signal);
  if (status !== 0) process.exit(status ?? 1);
}

const [command, ...rest] = process.argv.slice(2);
const steps = commands[command];
if (!steps) fail(`unknown command ${command ?? '(none)'}; there are ${Object.keys(commands).join(', ')}.`);
const node = currentNode();
installDependencies(node);
const env = { ...process.env, PATH: dirname(node) + delimiter + process.env.PATH };
if (command === 'package') {
  installDependencies(node, join(root, 'scripts', 'packaging'));
  env.VSGD_LAB_NODE_BIN = relative(root, dirname(fetchedNode())); // the Node that the app brings
}
if (command === 'lab' && node === process.execPath) await runHere();
else for (const step of steps) await runStep(step);
