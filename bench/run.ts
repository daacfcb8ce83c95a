// `npm run bench`: every bench of this folder (or those named), one table, with the machine it was measured on.
import { readdirSync } from 'node:fs';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export type BenchRow = { name: string; value: number; unit: string; detail?: string };

const folder = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const files = readdirSync(folder).filter((file) => file.endsWith('.bench.ts') && (wanted.length === 0 || wanted.some((name) => file.startsWith(name))));
if (files.length === 0) {
  console.error(`No bench is named ${wanted.join(', ')}. There are: ${readdirSync(folder).filter((file) => file.endsWith('.bench.ts')).map((file) => file.replace('.bench.ts', '')).join(', ')}.`);
  process.exit(2);
}
console.log(`${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.platform()} ${os.release()}, Node ${process.versions.node}`);
for (const file of files) {
  const module = (await import(pathToFileURL(join(folder, file)).href)) as { run(): Promise<BenchRow[]> };
  console.log(`\n${file.replace('.bench.ts', '')}`);
  for (const row of await module.run()) {
    const value = row.value >= 1000 ? Math.round(row.value).toLocaleString('en-US') : row.value.toPrecision(4);
    console.log(`  ${row.name.padEnd(52)} ${value.padStart(12)} ${row.unit.padEnd(10)} ${row.detail ?? ''}`);
  }
}
process.exit(0);
