// `vsgd-lab engines …` as a user types it: an installation from a loopback index, killed and gone on with, one at a time, removed.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Benchmark, EngineInfo, RunDetail } from '#contract';
import { fakeEngines } from '#test/engines.ts';
import { createLabHome, type LabHome } from '#test/lab.ts';
import { startPackageIndex, tensorflowWheel, wheelFile } from '#test/packageIndex.ts';
import { waitUntil } from '#test/processes.ts';

type Row = { name: string; usable: boolean; reason: string; device: string | null; chosen: boolean };

const hasGlibc = process.platform === 'linux' && (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime !== undefined;

function home(words = ''): LabHome {
  vi.stubEnv('FAKE_ENGINES', words);
  const lab = createLabHome();
  onTestFinished(() => lab.remove());
  return lab;
}

async function index(): Promise<Awaited<ReturnType<typeof startPackageIndex>>> {
  const served = await startPackageIndex({ 'tensorflow-cpu': [{ file: wheelFile('tensorflow_cpu', '2.21.0'), content: tensorflowWheel() }], tensorflow: [{ file: wheelFile('tensorflow', '2.21.0'), content: tensorflowWheel({ project: 'tensorflow' }) }] });
  onTestFinished(() => served.close());
  return served;
}

describe.skipIf(!hasGlibc)('engines on the command line (needs Linux with glibc; the engine itself is a stand-in)', () => {
  beforeEach(() => {
    vi.stubEnv('VSGD_LAB_ENGINE_MODULE', fakeEngines);
    return () => { vi.unstubAllEnvs(); };
  });
  /** Starts an installation, which does not outlive the test. */
  const start = (lab: LabHome, address: string, ...more: string[]) => {
    const child = lab.start('engines', 'install', 'tensorflow', '--index', address, ...more);
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  const ended = (child: ReturnType<LabHome['start']>) => new Promise<{ code: number | null; stderr: string }>((resolve) => {
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
    child.once('close', (code) => resolve({ code, stderr }));
  });

  test('installed, chosen, computed with, removed; what was passed over is in the run', async () => {
    const lab = home();
    const { index: address } = await index();
    const outcome = await ended(start(lab, address, '--version', '2.21.0'));
    expect(outcome).toMatchObject({ code: 0 });
    expect(lab.json<Row[]>('engines', 'check').find(({ chosen }) => chosen)).toMatchObject({ name: 'tensorflow', usable: true, device: 'CPU' });
    const made = lab.lab('run', 'experiment=quickstart', 'model.dim=4', 'model.depth=1', 'dataset.data_module.train_size=60', 'dataset.data_module.val_size=10', 'dataset.data_module.test_size=20', 'dataset.data_module.batch_size=8', 'train.max_iter=2', 'train.device=cuda:0');
    expect(made.status, made.stderr).toBe(0);
    const [run] = lab.json<RunDetail[]>('runs', 'list');
    expect(run?.engine).toMatchObject({ name: 'tensorflow', fallbackFrom: 'cuda:0', tried: [{ name: 'tensorflow-cuda' }, { name: 'webgpu', reason: expect.stringContaining('No adapter was found.') as string }] } satisfies Partial<EngineInfo> | object);
    expect(lab.lab('runs', 'show', run?.id ?? '').stdout).toMatch(/passed over webgpu: No adapter was found\./);
    expect(lab.lab('engines', 'remove', 'tensorflow').stdout).toMatch(/removed/);
    expect(lab.json<Row[]>('engines', 'list').find(({ name }) => name === 'tensorflow')).toMatchObject({ usable: false, reason: expect.stringContaining('engines install tensorflow') as string });
    expect(lab.lab('engines', 'remove', 'tensorflow')).toMatchObject({ status: 3 });
  });

  test('killed in the middle of the download, and again in the build, it goes on where it was', async () => {
    const lab = home('slow build');
    const served = await index();
    served.faults.push({ kind: 'stall', after: 2 << 20, path: /\.whl$/ });
    const part = join(lab.home, 'downloads', `${wheelFile('tensorflow_cpu', '2.21.0')}.part`);
    const first = start(lab, served.index);
    const firstEnd = ended(first);
    await waitUntil('the first half', () => existsSync(part) && readFileSync(part).length >= 2 << 20);
    first.kill('SIGKILL');
    await firstEnd;
    const second = start(lab, served.index);
    const secondEnd = ended(second);
    const folder = join(lab.home, 'engines', 'tensorflow-2.21.0-cpu');
    await waitUntil('the libraries', () => existsSync(folder));
    second.kill('SIGKILL');
    await secondEnd;
    expect(served.requests.filter(({ path }) => path.endsWith('.whl')).map(({ range }) => range)).toEqual([undefined, `bytes=${2 << 20}-`]);
    vi.stubEnv('FAKE_ENGINES', '');
    expect(await ended(lab.start('engines', 'install', 'tensorflow'))).toMatchObject({ code: 0 });
    expect(readdirSync(join(lab.home, 'engines')).filter((name) => name.startsWith('.') || name === 'installing.json')).toEqual([]);
    expect(readdirSync(join(lab.home, 'downloads'))).toEqual([]);
  });

  test('a second installation at the same time is refused; Ctrl-C ends the first with 130', async () => {
    const lab = home('slow build');
    const { index: address } = await index();
    const first = start(lab, address);
    const end = ended(first);
    await waitUntil('the libraries', () => existsSync(join(lab.home, 'engines', 'tensorflow-2.21.0-cpu')));
    expect(await ended(start(lab, address))).toMatchObject({ code: 4, stderr: expect.stringMatching(/under way in this home/) as string });
    first.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130 });
  });

  test('what is missing for the build, a try that fails, and names that are none, are told', async () => {
    const lab = home('no compiler');
    const { index: address } = await index();
    expect(await ended(start(lab, address))).toMatchObject({ code: 10, stderr: expect.stringMatching(/apt-get install g\+\+/) as string });
    vi.stubEnv('FAKE_ENGINES', 'crash');
    expect(await ended(start(lab, address))).toMatchObject({ code: 10, stderr: expect.stringMatching(/cannot be used yet: .*SIGSEGV.*\n.*engines check/) as string });
    expect(lab.lab('engines', 'install', 'torch')).toMatchObject({ status: 2 });
    expect(lab.lab('engines', 'install', 'tensorflow', '--index', 'http://user:secret@far.example/simple').stderr).not.toContain('secret');
  });

  test('the benchmark is kept in the home', () => {
    const lab = home();
    const told = lab.json<Benchmark>('engines', 'bench', '--model', 'mnist');
    expect(told.rows).toMatchObject([{ engine: 'wasm', model: 'mnist' }]);
    expect(JSON.parse(readFileSync(join(lab.home, 'engines', 'benchmark.json'), 'utf8'))).toEqual(told);
  });
});
