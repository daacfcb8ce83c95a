// An installed compute engine: the manifest in its folder, and what a probe of it found.
import { z } from 'zod';
import type { Job } from './running/jobs.ts';

/** `manifest.json` of `<engines folder>/tensorflow-<version>-<cpu|cuda>/`, beside `tensorflow/`, `nvidia/` and `binding/`. */
export const tensorflowManifest = z.object({
  format: z.literal(1),
  name: z.literal('tensorflow'),
  version: z.string(),
  flavour: z.enum(['cpu', 'cuda']),
  /** SHA-256 over the C++ sources that the binding was built from: another one rebuilds it. */
  bindingHash: z.string(),
  /** Where the libraries came from: an address, a wheel's path, or a Python package's folder. */
  source: z.string(),
  installedAt: z.string(),
});
export type TensorflowManifest = z.infer<typeof tensorflowManifest>;

/** What a probe in a child process found: `device` is the one that the automatic choice takes, `devices` are all. */
export type EngineProbe = { usable: boolean; reason: string; device: string | null; devices: string[] };

/** Work on engines under way, or how it ended. */
export type EngineJob = Job<'install' | 'bench', { usable: boolean; text: string }>;

const benchmarkRow = z.object({ engine: z.string(), model: z.string(), label: z.string(), msPerStep: z.number().nullable(), imagesPerSecond: z.number().nullable(), reason: z.string().nullable() });
/** One engine on one model: numbers, or the reason why there are none. */
export type BenchmarkRow = z.infer<typeof benchmarkRow>;

/** `HOME/engines/benchmark.json`: training steps of each model family on each engine of this computer. */
export const benchmarkSchema = z.object({
  format: z.literal(1), at: z.string(), cpu: z.string(), cores: z.int(), batch: z.int(), optimizer: z.string(), versions: z.record(z.string(), z.string()), rows: z.array(benchmarkRow),
});
export type Benchmark = z.infer<typeof benchmarkSchema>;
