// The page of the configuration equals the schemas and the configuration tree.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { configurationPage } from '#config';

test('docs/configuration.md is what the schemas and the tree say (node scripts/docs.ts renews it)', () => {
  expect(readFileSync(fileURLToPath(new URL('../../../docs/configuration.md', import.meta.url)), 'utf8')).toBe(configurationPage());
});

test('lists every option of a group and what an experiment chooses', () => {
  const page = configurationPage();
  expect(page).toContain('**`adamW`**, `notebook_adam` (adam with lr=0.01)');
  expect(page).toContain('| `cifar100_vgg` | cifar100 | vgg: cfg_id="D" | adamW | stepLR: step_size=10000, gamma=0.5 | 256 | 30000 iterations | 124 |');
});
