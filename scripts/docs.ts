// Writes the documentation pages that derive from the sources.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationPage } from '#config';
import { root } from './commands.ts';

writeFileSync(join(root, 'docs', 'configuration.md'), configurationPage());
