// Where the engines that need more than this program come from: their modules, loaded only when one of them is wanted.
import { pathToFileURL } from 'node:url';
import { LabError, type EngineProbe } from '#contract';
import type { Engine } from './engine.ts';

/** What the TensorFlow engine offers. `folder`: an installed engine's, with its manifest. `device`: cpu, cuda:N or auto. */
export type TensorflowModule = {
  createTensorflowEngine(options: { folder: string; device: string; threads: number }): Promise<Engine>;
  probeTensorflow(folder: string): Promise<EngineProbe>;
  buildTensorflowBinding(options: { folder: string; onLine?: (line: string) => void; signal?: AbortSignal }): Promise<unknown>;
};

/** What the WebGPU engine offers. `software`: the adapter is a program, as SwiftShader is, not a GPU. */
export type WebgpuModule = {
  createWebgpuEngine(options?: Record<string, never>): Promise<Engine>;
  probeWebgpu(): Promise<{ usable: boolean; reason: string; device: string | null; software: boolean }>;
};

const missing = (what: string): never => { throw new LabError('ENGINE_UNUSABLE', `The ${what} engine is not part of this version; use wasm.`, { place: { key: '--engine' } }); };

/** A module of the tests' in place of ours: a fake engine, a crash. */
const replacement = async <T>(): Promise<Partial<T>> => {
  const path = process.env.VSGD_LAB_ENGINE_MODULE;
  return path ? ((await import(pathToFileURL(path).href)) as Partial<T>) : {};
};

const noTensorflow: TensorflowModule = { createTensorflowEngine: async () => missing('TensorFlow'), probeTensorflow: async () => missing('TensorFlow'), buildTensorflowBinding: async () => missing('TensorFlow') };
const noWebgpu: WebgpuModule = { createWebgpuEngine: async () => missing('WebGPU'), probeWebgpu: async () => missing('WebGPU') };

export const loadTensorflow = async (): Promise<TensorflowModule> => ({ ...noTensorflow, ...(await replacement<TensorflowModule>()) });
export const loadWebgpu = async (): Promise<WebgpuModule> => ({ ...noWebgpu, ...(await replacement<WebgpuModule>()) });
