// What bench/gpu.sh keeps of a run: a file that takes no other's place, and an honest word on the correctness suite.
import { constants, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { WebgpuProbe } from '#training';
import type { Count } from '../../scripts/stages.ts';

/** Copies a finished report to FOLDER/DATE-gpu.md, or -gpu-2.md and so on where there is one already; gives the path. */
export function fileReport(report: string, folder: string, date: string): string {
  mkdirSync(folder, { recursive: true });
  for (let number = 1; ; number += 1) {
    const path = join(folder, `${date}-gpu${number === 1 ? '' : `-${number}`}.md`);
    try {
      copyFileSync(report, path, constants.COPYFILE_EXCL);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Why nothing can be measured here; null where it can. `software`: a driver that computes on the CPU will do. */
export function objectionTo({ usable, reason, device, software }: WebgpuProbe, { software: allowed }: { software: boolean }): string | null {
  const remedy = 'docs/engines.md, under webgpu, says what must be there; vsgd-lab engines check tries it again. In a container, the GPU must be passed on to it.';
  if (!usable) return `The webgpu engine cannot be used here, so that there is nothing to measure. ${reason}\n${remedy}`;
  if (software && !allowed) return `${device ?? 'The only adapter'} is a driver that computes on the CPU, no GPU, so that there is nothing to measure.\n${remedy}\nVSGD_LAB_GPU_ADAPTER=software tries this program on it.`;
  return null;
}

/** Tests of the engine that were skipped, but for those that a software adapter leaves to a GPU. */
const missed = ({ skippedNames }: Count): string[] => skippedNames.filter((name) => /webgpu|needs an adapter|adapter \(needs one\)/.test(name) && !/VSGD_LAB_GPU_TESTS=/.test(name));

/** The suite's verdict: it has passed only where every test of the engine ran. */
export function verdictOf(count: Count): { passed: boolean; text: string } {
  const left = missed(count);
  const passed = count.failed === 0 && left.length === 0;
  const counts = `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`;
  const title = passed ? 'passed' : count.failed > 0 ? 'FAILED' : 'did NOT RUN in full';
  const why = left.length === 0 ? '' : `; skipped were ${left.length} of the webgpu engine, the first: ${left[0]}`;
  return { passed, text: [`Correctness suite ${title}: ${counts}${why}.`, ...count.failures.map(({ name }) => `- failed: ${name}`)].join('\n') };
}
