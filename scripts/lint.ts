// `npm run lint`: types, rules, layers, style limits. Every check runs; the exit status says whether all passed.
import { packageProgram, runNode } from './commands.ts';

const checks: [string, string[]][] = [
  ['types', [packageProgram('typescript', 'tsc'), '-p', '.']],
  ['types of the contract (no Node, no DOM)', [packageProgram('typescript', 'tsc'), '-p', 'src-main/contract']],
  ['types of the interface', [packageProgram('svelte-check'), '--tsconfig', 'src-renderer/tsconfig.json', '--fail-on-warnings']],
  ['rules', [packageProgram('eslint'), '--max-warnings', '0', '.']],
  ['layers', [packageProgram('dependency-cruiser', 'depcruise'), 'src-main', 'src-renderer', '--config', '.dependency-cruiser.cjs']],
  ['style', ['scripts/style.ts']],
];

const failed = checks.filter(([name, args]) => {
  console.log(`lint: ${name}`);
  return runNode(args) !== 0;
});
if (failed.length > 0) console.error(`lint: failed: ${failed.map(([name]) => name).join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
