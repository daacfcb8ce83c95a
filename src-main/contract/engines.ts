// An installed compute engine: the manifest in its folder, and what a probe of it found.
import { z } from 'zod';

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
