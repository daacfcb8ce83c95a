// The benchmark of this computer's engines: measured, kept in HOME/engines/benchmark.json, read back.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { join } from 'node:path';
import { benchmarkSchema, type Benchmark } from '#contract';
import { readJson, writeFileAtomically } from '#runs';
import { listInstalled, measureEngines, type MeasureOptions } from '#training';
import type { Lab } from '../lab.ts';
import type { EngineWatch } from './install.ts';

const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string };
const benchmarkFile = ({ home }: Lab): string => join(home.engines, 'benchmark.json');

/** The newest benchmark; null where there is none that can be read. */
export function readBenchmark(lab: Lab): Benchmark | null {
  try {
    return benchmarkSchema.parse(readJson(benchmarkFile(lab), { follow: true }));
  } catch {
    return null;
  }
}

/** Measures and keeps. @throws LabError CANCELLED; an older benchmark stays then */
export async function runBenchmark(lab: Lab, watch: EngineWatch & Pick<MeasureOptions, 'models' | 'budgetMs' | 'maxSteps'>): Promise<Benchmark> {
  const rows = await measureEngines({ engines: lab.home.engines, ...watch });
  const versions = { vsgdLab: version, node: process.versions.node, ...Object.fromEntries(listInstalled(lab.home.engines).map(({ name, manifest }) => [name, manifest.version])) };
  const benchmark: Benchmark = { format: 1, at: new Date().toISOString(), cpu: os.cpus()[0]?.model ?? 'unknown', cores: os.availableParallelism(), batch: 32, optimizer: 'VSGD', versions, rows };
  mkdirSync(lab.home.engines, { recursive: true, mode: 0o700 });
  writeFileAtomically(benchmarkFile(lab), [JSON.stringify(benchmark, null, 2), '\n']);
  return benchmark;
}
