// The interface is built once for all test files of a run: a second build would empty the folder that the first one's pages load from.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { rendererConfig } from '../../scripts/build.ts';
import { waitUntil } from './processes.ts';

const folder = process.env.VSGD_LAB_TEST_RUN ?? ''; // made by testRun.ts

/** Resolves when the interface is in out/renderer; whichever test file comes first builds it. */
export async function rendererBuilt(): Promise<void> {
  const [claim, done] = [join(folder, 'building'), join(folder, 'built')];
  try {
    mkdirSync(claim);
  } catch {
    return waitUntil('the interface to be built by another test file', () => existsSync(done) || !existsSync(claim), 110_000);
  }
  try {
    await build({ ...rendererConfig, logLevel: 'warn' });
    writeFileSync(done, '');
  } catch (error) {
    rmSync(claim, { recursive: true });
    throw error;
  }
}
