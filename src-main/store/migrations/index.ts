// The migrations in their order: the index of one plus 1 is the schema version that it makes.
import { migration0001 } from './0001-runs.ts';
import { migration0002 } from './0002-revisions.ts';
import { migration0003 } from './0003-layers.ts';
import { migration0004 } from './0004-sessions.ts';
import { migration0005 } from './0005-pauses.ts';
import { migration0006 } from './0006-checks.ts';

export const migrations: readonly string[] = [migration0001, migration0002, migration0003, migration0004, migration0005, migration0006];
