// Before and after a whole run of tests: a folder that its test files share.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'vsgd-lab-tests-'));
  process.env.VSGD_LAB_TEST_RUN = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
