// Metric rows taken from a journal into SQLite per second: a row is one value of one metric at one step.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunDocument } from '#contract';
import { createIngest, createRunDirectory, newRunId, openHome } from '#runs';
import { insertRun, openDatabase } from '#store';
import type { BenchRow } from './run.ts';
import { median } from './training.ts';

export async function run(): Promise<BenchRow[]> {
  const home = openHome(mkdtempSync(join(tmpdir(), 'vsgd-lab-bench-')));
  const { database } = openDatabase(home.database);
  const ingest = createIngest(database, home);
  const steps = 20_000;
  const rates: number[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const document: RunDocument = { version: 1, id: newRunId(), name: 'bench', createdAt: '', overrides: [], configDir: null, config: {}, configHash: '', seed: 1, engine: 'auto', sweep: null, fork: null, tags: [] };
    const paths = createRunDirectory(home, document);
    insertRun(database, document);
    const lines = Array.from({ length: steps }, (_, step) => JSON.stringify({ type: 'metrics', step, time: 1.7e12 + step, values: { lr: 0.01, 'train/loss': 1 / (step + 1), 'train/accuracy': 0.5, grad_norm: 1.234567, train_time: 0.00512, data_time: 0.0001 } }));
    writeFileSync(paths.journal, `${lines.join('\n')}\n`);
    const start = performance.now();
    const { rows } = ingest.ingestRun(document.id);
    rates.push((rows / (performance.now() - start)) * 1000);
  }
  database.close();
  rmSync(home.root, { recursive: true, force: true });
  return [{ name: 'metric rows ingested (journal to SQLite, durable)', value: median(rates), unit: 'rows/s', detail: `6 metrics × ${steps} steps; slowest ${Math.round(Math.min(...rates)).toLocaleString('en-US')}` }];
}
