// `npm test`: the whole gate: lint, then every test that needs nothing but npm. With arguments: only the tests of those paths.
import { runNode } from './commands.ts';
import { addCounts, gateStages, printCount, runStage } from './stages.ts';

const paths = process.argv.slice(2);
if (paths.length > 0) {
  const count = runStage({ name: 'chosen tests', paths });
  printCount(count);
  process.exitCode = count.failed === 0 ? 0 : 1;
} else {
  const lint = runNode(['scripts/lint.ts']);
  const count = addCounts(gateStages.map(runStage));
  printCount(count);
  if (lint !== 0) console.log('lint failed; see above');
  process.exitCode = lint === 0 && count.failed === 0 ? 0 : 1;
}
