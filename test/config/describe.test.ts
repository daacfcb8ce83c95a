// The documentation of the options equals the schemas.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { configurationHelp, configurationPage, describeComponents } from '#config';

test('docs/configuration.md is what the schemas say (node scripts/docs.ts renews it)', () => {
  expect(readFileSync(fileURLToPath(new URL('../../docs/configuration.md', import.meta.url)), 'utf8')).toBe(configurationPage());
});

test('every option has a description, and help shows it', () => {
  const rows = describeComponents().flatMap(({ rows: list }) => list);
  expect(rows.filter(({ description }) => description === '').map(({ key }) => key)).toEqual([]);
  expect(configurationHelp()).toContain('train.optimizer.ghattg');
});
