// What bench/gpu.sh starts: tries the adapter, runs the webgpu suite and the contestants, and files the report when it is whole.
import { spawnSync } from 'node:child_process';
import { appendFileSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { probeWebgpu, type WebgpuProbe } from '#training';
import { root } from '../../scripts/commands.ts';
import { swiftShader } from '../../scripts/engineStages.ts';
import { printCount, runStage } from '../../scripts/stages.ts';
import { runProgram } from '../arguments.ts';
import { fileReport, objectionTo, verdictOf } from './record.ts';
import { readSettings, usage, type GpuSettings } from './settings.ts';

const compare = fileURLToPath(new URL('./compare.ts', import.meta.url));
const suite = ['test/training/engines/webgpu', 'test/reference/models-webgpu.test.ts', 'test/reference/optimizers.test.ts'];

type Options = GpuSettings & { out: string };

/** null where only the usage is asked for. */
function readOptions(args: string[]): Options | null {
  const { values } = parseArgs({ args, options: { out: { type: 'string', default: 'bench/results' }, help: { type: 'boolean', short: 'h', default: false } } });
  return values.help ? null : { ...readSettings(process.env), out: values.out };
}

const output = (command: string, ...args: string[]) => spawnSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).stdout?.trim() ?? '';

function titleOf({ device, software }: WebgpuProbe, date: string): string {
  const facts = [output('nvidia-smi', '--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'), device, `Node ${process.versions.node}, commit ${output('git', 'rev-parse', '--short', 'HEAD')}`];
  return [`# Training steps on a GPU, ${date}`, '', ...(software ? ['A trial of bench/gpu.sh on a driver that computes on the CPU: no measurement.', ''] : []), '```', ...facts.filter(Boolean), '```', ''].join('\n');
}

/** Runs the suite, its output on the terminal, and appends the verdict. */
function runSuite(report: string, { software }: Options): boolean {
  const count = runStage({ name: 'webgpu', paths: suite, env: { VSGD_LAB_LONG: '1', VSGD_LAB_GPU_TESTS: software ? 'software' : 'hardware' } });
  printCount(count);
  const { passed, text } = verdictOf(count);
  appendFileSync(report, `\n${text}\n`);
  return passed;
}

/** Lets the contestants take turns; their tables go to the report as they come. */
function runContestants(report: string): boolean {
  const file = openSync(report, 'a');
  const { status } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', compare], { cwd: root, stdio: ['ignore', file, 'inherit'] });
  closeSync(file);
  if (status !== 0) appendFileSync(report, `\nThe comparison ended with status ${status ?? 'none, killed'}: the webgpu engine gave no number somewhere, or the table is not whole.\n`);
  return status === 0;
}

async function measure(options: Options): Promise<boolean> {
  if (options.software && existsSync(swiftShader)) process.env.VK_ICD_FILENAMES ??= swiftShader;
  const probe = await probeWebgpu();
  const objection = objectionTo(probe, options);
  if (objection !== null) throw new Error(objection);
  const date = new Date().toISOString().slice(0, 10);
  const folder = mkdtempSync(join(tmpdir(), 'vsgd-lab-gpu-'));
  const report = join(folder, 'report.md');
  console.error(`The report grows in ${report} and is filed when it is whole.`);
  writeFileSync(report, titleOf(probe, date));
  const sound = !options.tests || runSuite(report, options);
  const compared = runContestants(report);
  const path = fileReport(report, options.out, date);
  console.log(readFileSync(path, 'utf8'));
  console.error(`Written to ${relative(process.cwd(), path)}.`);
  rmSync(folder, { recursive: true, force: true });
  return sound && compared;
}

await runProgram(usage, readOptions, measure);
