// Loads an engine's binding into this process, once: TensorFlow reads its settings when it is loaded and keeps them.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { LabError } from '#contract';
import type { Binding } from './binding.ts';
import { bindingPath, isOutdated } from './build.ts';

export type LoadOptions = {
  folder: string;
  /** auto: a GPU where there is one. cuda:N is the N-th GPU that nvidia-smi lists or, as in PyTorch, that CUDA_VISIBLE_DEVICES does. */
  device: string;
  /** 0: as many as there are processors. */
  threads: number;
  tf32: boolean;
};

/** With so few processors two operations at a time are in each other's way: each takes all of them. */
const few = 4;

const loadNative = createRequire(import.meta.url);
let loaded: { binding: Binding; settings: string } | null = null;

/** The environment in which TensorFlow takes these settings. */
export function settingsOf({ device, threads, tf32 }: Omit<LoadOptions, 'folder'>, processors = availableParallelism()): Record<string, string> {
  const index = /^cuda:(\d+)$/.exec(device)?.[1];
  const visible = process.env.CUDA_VISIBLE_DEVICES?.split(',');
  const only = index === undefined || visible === undefined ? index : (visible[Number(index)]?.trim() ?? '-1');
  return {
    TF_CPP_MIN_LOG_LEVEL: process.env.TF_CPP_MIN_LOG_LEVEL ?? '2',
    // TensorFlow leaves oneDNN's kernels off on processors without AVX-512 VNNI, where they are twice as fast all the same.
    TF_ENABLE_ONEDNN_OPTS: process.env.TF_ENABLE_ONEDNN_OPTS ?? '1',
    // Memory as it is needed: otherwise one run takes the whole GPU.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    ...(device === 'cpu' ? { CUDA_VISIBLE_DEVICES: '-1' } : only === undefined ? {} : { CUDA_VISIBLE_DEVICES: only }),
    ...(threads > 0 ? { TF_NUM_INTRAOP_THREADS: String(threads), OMP_NUM_THREADS: String(threads) } : {}),
    ...(processors <= few ? { TF_NUM_INTEROP_THREADS: process.env.TF_NUM_INTEROP_THREADS ?? '1' } : {}),
    ...(tf32 ? {} : { NVIDIA_TF32_OVERRIDE: '0' }),
  };
}

/** What makes an engine's binding anew, by the engine's name as its folder tells it. */
const installCommand = (folder: string): string => `"vsgd-lab engines install ${basename(folder).endsWith('-cuda') ? 'tensorflow-cuda' : 'tensorflow'}"`;

/**
 * The binding of an engine's folder.
 * @throws LabError ENGINE_UNUSABLE where it is missing, does not load, or was loaded with other settings
 */
export function loadBinding(options: LoadOptions): Binding {
  const settings = JSON.stringify(options);
  if (loaded) {
    if (loaded.settings !== settings) throw new LabError('ENGINE_UNUSABLE', 'TensorFlow is loaded in this process with other settings (folder, device, threads or TF32). Use another process.');
    return loaded.binding;
  }
  const path = bindingPath(options.folder);
  if (!existsSync(path)) throw new LabError('ENGINE_UNUSABLE', `The TensorFlow engine has no binding: ${path} is missing. Install it again with ${installCommand(options.folder)}.`, { place: { file: path } });
  if (isOutdated(options.folder)) throw new LabError('ENGINE_UNUSABLE', `The TensorFlow engine's binding belongs to another version of VSGD Lab. Make it anew with ${installCommand(options.folder)}: the libraries stay, and it takes less than a minute.`, { place: { file: path } });
  Object.assign(process.env, settingsOf(options));
  try {
    loaded = { binding: loadNative(path) as Binding, settings };
  } catch (cause) {
    throw new LabError('ENGINE_UNUSABLE', `The TensorFlow binding could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, { place: { file: path }, cause });
  }
  if (options.threads > 0) loaded.binding.setThreads(options.threads);
  return loaded.binding;
}
