// The migrations in their order: the index of one plus 1 is the schema version that it makes.
import { migration0001 } from './0001-runs.ts';

export const migrations: readonly string[] = [migration0001];
