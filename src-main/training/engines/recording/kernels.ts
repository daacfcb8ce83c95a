// Registers lowerings as tfjs kernels of a backend over blocks, with the views and fills that need no kernel of their own.
import { registerKernel, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import type { BlockBackend } from './backend.ts';
import { refused, type BlockSource } from './block.ts';
import { sizeOf, type Operand, type Operands } from './operands.ts';

/** Inputs and attributes to outputs, through a sink. */
export type Lowering<S, A = object> = (sink: S, inputs: Operands, attributes: A) => Operand[];
type Call = { inputs: object; backend: unknown; attrs?: object };
export type LoweringTable<S> = { lowerings: Record<string, Lowering<S>>; conversions: Record<'float32' | 'int32', Lowering<S>> };

const backendOf = <S extends BlockSource>({ backend }: Call) => backend as BlockBackend<S>;

/** float32 to int32 (towards zero) and back; other types stay what they are. */
const castWith = <S extends BlockSource>(conversions: LoweringTable<S>['conversions']) => (call: Call): TensorInfo => {
  const { x } = call.inputs as { x: TensorInfo };
  const backend = backendOf<S>(call);
  const dtype = (call.attrs as { dtype: DataType }).dtype === 'int32' ? 'int32' : 'float32';
  const operand = backend.operand(x);
  const same = dtype === (x.dtype === 'int32' ? 'int32' : 'float32');
  return backend.wrap(same ? backend.viewOf(x) : (conversions[dtype](backend.sink, { x: operand }, {})[0] as Operand), dtype);
};

const view = (shapeOf: (info: TensorInfo, attrs: Record<string, unknown>) => number[]) => (call: Call): TensorInfo => {
  const info = Object.values(call.inputs)[0] as TensorInfo;
  const backend = backendOf(call);
  return backend.wrap({ shape: shapeOf(info, (call.attrs ?? {}) as Record<string, unknown>), block: backend.viewOf(info).block }, info.dtype);
};

const reshaped = ({ shape }: TensorInfo, attrs: Record<string, unknown>): number[] => {
  const wanted = attrs.shape as number[];
  const known = wanted.reduce((product, side) => (side < 0 ? product : product * side), 1);
  return wanted.map((side) => (side < 0 ? sizeOf(shape) / known : side));
};

type Like = { shape: number[]; dtype?: DataType };
const filled = (value: (attrs: { value?: number }) => number, likeOf: (call: Call) => Like) => (call: Call): TensorInfo => {
  const { shape, dtype = 'float32' } = likeOf(call);
  return { dataId: backendOf(call).write(new Float32Array(sizeOf(shape)).fill(value((call.attrs ?? {}) as { value?: number })), shape, dtype), shape, dtype };
};
const likeX = ({ inputs }: Call) => (inputs as { x: Like }).x;

/** Registers every kernel under the backend's name; once per process. */
export function registerLowerings<S extends BlockSource>(backendName: string, { lowerings, conversions }: LoweringTable<S>): void {
  for (const [kernelName, lower] of Object.entries(lowerings)) {
    registerKernel({
      kernelName,
      backendName,
      kernelFunc: (call) => {
        const backend = backendOf<S>(call);
        const list = Array.isArray(call.inputs) ? Object.fromEntries((call.inputs as TensorInfo[]).map((info, index) => [String(index), info])) : call.inputs;
        const operands = Object.fromEntries(Object.entries(list).map(([name, info]) => [name, backend.operand(info as TensorInfo)]));
        backend.kernel = kernelName;
        const lowered = lower(backend.sink, operands, call.attrs ?? {});
        if (new Set(lowered.map(({ block }) => block)).size < lowered.length) throw refused('renews the same state twice in one update; clone one of them before');
        const outputs = lowered.map((output) => backend.wrap(output, 'float32'));
        return outputs.length === 1 ? (outputs[0] as TensorInfo) : outputs;
      },
    });
  }
  registerKernel({ kernelName: 'Reshape', backendName, kernelFunc: view(reshaped) });
  registerKernel({ kernelName: 'Identity', backendName, kernelFunc: view(({ shape }) => shape) });
  registerKernel({ kernelName: 'Cast', backendName, kernelFunc: castWith(conversions) });
  registerKernel({ kernelName: 'ZerosLike', backendName, kernelFunc: filled(() => 0, likeX) });
  registerKernel({ kernelName: 'OnesLike', backendName, kernelFunc: filled(() => 1, likeX) });
  registerKernel({ kernelName: 'Fill', backendName, kernelFunc: filled(({ value = 0 }) => value, ({ attrs }) => attrs as Like) });
}
