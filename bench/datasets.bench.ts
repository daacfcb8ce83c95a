// Install time of each archive in the shared data folder, digest and fsync included, and of the generated shapes.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultShapes, generateShapes, importDataset } from '#datasets';

type Row = { name: string; value: number; unit: string; detail: string };

const shared = process.env.VSGD_LAB_SHARED ?? fileURLToPath(new URL('../../shared', import.meta.url));
const archives = ['cifar-10-binary.tar.gz', 'cifar-100-binary.tar.gz', 'train-images-idx3-ubyte.gz', 'tiny-imagenet-200.zip'];

/** One row per archive that is there, in milliseconds. */
export async function run(): Promise<Row[]> {
  const root = mkdtempSync(join(tmpdir(), 'vsgd-lab-bench-'));
  const rows: Row[] = [];
  try {
    for (const path of archives.map((file) => join(shared, 'data', file)).filter((file) => existsSync(file))) {
      const start = performance.now();
      const { manifest } = await importDataset({ root, path, acceptDigest: true });
      const detail = manifest.splits.map(({ name, count }) => `${name} ${count}`).join(', ');
      rows.push({ name: `install ${manifest.name}`, value: performance.now() - start, unit: 'ms', detail });
    }
    const start = performance.now();
    await generateShapes({ root, ...defaultShapes });
    rows.push({ name: 'generate shapes', value: performance.now() - start, unit: 'ms', detail: '5000 pictures of 32×32' });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return rows;
}

if (import.meta.main) console.table(await run());
