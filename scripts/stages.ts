// The stages of the tests, and how one is run and counted. `npm test` runs the gate; `.ci/run` all of them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { packageProgram, runNode } from './commands.ts';

/** `exclude`: patterns of files that another stage runs. */
export type Stage = { name: string; paths: string[]; env?: Record<string, string>; exclude?: string[] };
/** `message`: what the runner said of it; '' where it said nothing. */
export type Failure = { name: string; message: string };
export type Count = { passed: number; failed: number; skipped: number; skippedNames: string[]; failures: Failure[] };

/** Everything that `npm test` runs besides lint. */
export const gateStages: Stage[] = [{ name: 'tests', paths: ['test'], env: {} }];

/** What only `.ci/run` adds. */
export const longStages: Stage[] = [
  { name: 'hostile input, long', paths: ['test/config/merge', 'test/figures/hostileText'], env: { VSGD_LAB_LONG: '1' } },
  { name: 'integration, long', paths: ['test/integration'], env: { VSGD_LAB_LONG: '1' } },
  { name: 'faults, long', paths: ['test/faults'], env: { VSGD_LAB_LONG: '1' } },
  { name: 'reference, all models', paths: ['test/reference/models-cpu', 'test/reference/models-wasm'], env: { VSGD_LAB_LONG: '1' } },
];

type Report = { testResults: { name: string; status: string; message?: string; assertionResults: { status: string; fullName: string; failureMessages?: string[] }[] }[] };

/** Runs one stage by vitest and counts its tests; a file that cannot be loaded counts as one failure. */
export function runStage(stage: Stage): Count {
  const folder = mkdtempSync(join(tmpdir(), 'vsgd-lab-stage-'));
  const file = join(folder, 'report.json');
  const args = [packageProgram('vitest'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...(stage.exclude ?? []).flatMap((pattern) => ['--exclude', pattern]), ...stage.paths];
  const status = runNode(args, stage.env);
  const count: Count = { passed: 0, failed: 0, skipped: 0, skippedNames: [], failures: [] };
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    for (const result of report.testResults) {
      if (result.status === 'failed' && result.assertionResults.length === 0) count.failures.push({ name: result.name, message: result.message ?? '' });
      for (const test of result.assertionResults) {
        if (test.status === 'passed') count.passed += 1;
        else if (test.status === 'failed') count.failures.push({ name: test.fullName, message: (test.failureMessages ?? []).join('\n') });
        else count.skippedNames.push(test.fullName);
      }
    }
  } catch {
    count.failures.push({ name: stage.name, message: `the runner ended without a report (exit status ${status})` });
  }
  rmSync(folder, { recursive: true, force: true });
  // An unhandled error outside any test fails the run without failing a test.
  if (status !== 0 && count.failures.length === 0) count.failures.push({ name: stage.name, message: `the runner ended with status ${status}` });
  count.failed = count.failures.length;
  count.skipped = count.skippedNames.length;
  return count;
}

/** Of a failure's message the end of a log shows this much. */
const messageLines = 20;

/** Prints what was skipped by name, what failed with its reason (who has only the end of the log needs it), then the closing line. */
export function printCount(count: Count): void {
  for (const name of count.skippedNames) console.log(`skipped: ${name}`);
  for (const { name, message } of count.failures) {
    console.log(`failed: ${name}`);
    for (const line of stripVTControlCharacters(message).split('\n').slice(0, messageLines)) if (line !== '') console.log(`    ${line}`);
  }
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
}

/** The sum of counts. */
export function addCounts(counts: Count[]): Count {
  const sum: Count = { passed: 0, failed: 0, skipped: 0, skippedNames: [], failures: [] };
  for (const count of counts) {
    sum.passed += count.passed;
    sum.failed += count.failed;
    sum.skipped += count.skipped;
    sum.skippedNames.push(...count.skippedNames);
    sum.failures.push(...count.failures);
  }
  return sum;
}
