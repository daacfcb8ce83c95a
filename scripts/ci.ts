// `.ci/run`: the gate as `npm test` runs it, then the long stages; ends with one line that counts all tests.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, runNode } from './commands.ts';
import { addCounts, gateStages, longStages, printCount, runStage, type Count } from './stages.ts';

function timed(name: string, run: () => Count): Count {
  console.log(`\n=== ${name}`);
  const start = performance.now();
  const count = run();
  console.log(`=== ${name}: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  return count;
}

function lint(): Count {
  const failed = runNode(['scripts/lint.ts']) === 0 ? [] : ['lint'];
  return { passed: failed.length === 0 ? 1 : 0, failed: failed.length, skipped: 0, skippedNames: [], failedNames: failed };
}

const shared = process.env.VSGD_LAB_SHARED ?? join(root, '..', 'shared');
console.log(existsSync(shared) ? 'reference numbers and pictures: found' : 'reference numbers and pictures: not found; what needs them is skipped by name');
/** The browser tests need a Chromium; on Debian it is installed. Without one they are skipped by name. */
function ensureChromium(): void {
  if (existsSync('/usr/bin/chromium') || process.platform !== 'linux') return;
  console.log('installing chromium from the package index');
  for (const args of [['update', '-qq'], ['install', '-y', '-qq', 'chromium']]) {
    const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    if (status !== 0) return console.log('chromium could not be installed; what needs it is skipped by name');
  }
}

ensureChromium();
const counts = [
  timed('lint', lint),
  ...[...gateStages, ...longStages].map((stage) => timed(stage.name, () => runStage(stage))),
];
const sum = addCounts(counts);
console.log('');
printCount(sum);
process.exitCode = sum.failed === 0 ? 0 : 1;
