// Where the engines that need more than this program come from: their modules, loaded only when one of them is wanted.
import { pathToFileURL } from 'node:url';
import type { EngineInfo, EngineProbe } from '#contract';
import type { Engine } from './engine.ts';

/** Type that products compute in; parameters and everything else stay float32. */
export type MixedPrecision = 'none' | NonNullable<EngineInfo['mixedPrecision']>;

/** What the TensorFlow engine offers. `folder`: an installed engine's, with its manifest. `device`: cpu, cuda:N or auto. */
export type TensorflowModule = {
  createTensorflowEngine(options: { folder: string; device: string; threads: number; tf32?: boolean; mixed?: MixedPrecision }): Promise<Engine>;
  probeTensorflow(folder: string): Promise<EngineProbe>;
  /** `compile`: even where a release's binding is there; `prebuilt`: that one was taken. */
  buildTensorflowBinding(options: { folder: string; compile?: boolean; onLine?: (line: string) => void; signal?: AbortSignal }): Promise<{ bindingHash: string; prebuilt?: boolean }>;
  /** Of the sources that a binding is built from now. */
  bindingHash(): string;
};

/** What the WebGPU engine offers. `software`: the adapter is a program, as SwiftShader is, not a GPU. */
export type WebgpuModule = {
  createWebgpuEngine(options?: { mixed?: 'float16' }): Promise<Engine>;
  probeWebgpu(): Promise<{ usable: boolean; reason: string; device: string | null; software: boolean }>;
};

/** A module of the tests' in place of ours: a fake engine, a crash. */
const replacement = async <T>(): Promise<Partial<T>> => {
  const path = process.env.VSGD_LAB_ENGINE_MODULE;
  return path ? ((await import(pathToFileURL(path).href)) as Partial<T>) : {};
};

export const loadTensorflow = async (): Promise<TensorflowModule> => ({ ...(await import('./tensorflow/index.ts')), ...(await replacement<TensorflowModule>()) });
export const loadWebgpu = async (): Promise<WebgpuModule> => ({ ...(await import('./webgpu/index.ts')), ...(await import('./probing/webgpu.ts')), ...(await replacement<WebgpuModule>()) });
