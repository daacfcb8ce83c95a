// Run documents for tests of the store and the run directory.
import { composeConfig, configHash } from '#config';
import type { RunDocument } from '#contract';
import { newRunId } from '#runs';

/** A document of the quickstart, or of other overrides. */
export function createDocument(overrides: string[] = ['experiment=quickstart']): RunDocument {
  const { config } = composeConfig({ overrides });
  return { version: 1, id: newRunId(), name: 'a run', createdAt: new Date().toISOString(), overrides, configDir: null, config, configHash: configHash(config), seed: 1, engine: 'auto', sweep: null, fork: null, tags: [] };
}
