// `.ci/run`: the gate as `npm test` runs it, then the long stages; ends with one line that counts all tests.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, runNode } from './commands.ts';
import { engineSuites, installSystemPackages, runTensorflowStage, webgpuStage } from './engineStages.ts';
import { addCounts, gateStages, longStages, printCount, runStage, type Count } from './stages.ts';

function timed(name: string, run: () => Count): Count {
  console.log(`\n=== ${name}`);
  const start = performance.now();
  const count = run();
  console.log(`=== ${name}: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  return count;
}

function lint(): Count {
  const failures = runNode(['scripts/lint.ts']) === 0 ? [] : [{ name: 'lint', message: 'see its stage above' }];
  return { passed: 1 - failures.length, failed: failures.length, skipped: 0, skippedNames: [], failures };
}

const shared = process.env.VSGD_LAB_SHARED ?? join(root, '..', 'shared');
console.log(existsSync(shared) ? 'reference numbers and pictures: found' : 'reference numbers and pictures: not found; what needs them is skipped by name');
installSystemPackages();
// What has a stage of its own below is not run twice.
const elsewhere = [...engineSuites, ...longStages.flatMap(({ paths }) => paths.flatMap((path) => [`${path}*`, `${path}/**`]))];
const counts = [
  timed('lint', lint),
  ...gateStages.map((stage) => timed(stage.name, () => runStage({ ...stage, exclude: elsewhere }))),
  timed('TensorFlow engine', runTensorflowStage),
  timed(webgpuStage.name, () => runStage(webgpuStage)),
  ...longStages.map((stage) => timed(stage.name, () => runStage(stage))),
];
const sum = addCounts(counts);
console.log('');
printCount(sum);
process.exitCode = sum.failed === 0 ? 0 : 1;
