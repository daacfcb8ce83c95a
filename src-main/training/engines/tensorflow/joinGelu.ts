// GELU and the batch norm after it in one node of a recorded graph, their gradients and the bias's in another: fewer passes over memory.
import type { GraphNode } from './graphDef.ts';
import type { Recorder } from './record.ts';

const outputOf = ({ name }: GraphNode, index = 0) => `${name}:${index}`;

/** LabGelu before LabBatchNormTraining; joined, the outputs are GELU's and then batch norm's. */
function joinForward(recorder: Recorder): Map<string, string>[] {
  const makers = new Map(recorder.nodes.map((node) => [outputOf(node), node]));
  return recorder.nodes.filter(({ op }) => op === 'LabBatchNormTraining').flatMap((norm) => {
    const [activated = '', ...affine] = norm.inputs;
    const activation = makers.get(activated);
    if (activation?.op !== 'LabGelu' || affine.some((input) => makers.get(input)?.op !== 'Placeholder')) return [];
    return [recorder.merge([activation, norm], { op: 'LabGeluBatchNormTraining', inputs: [...activation.inputs, ...affine], outputs: [outputOf(activation), ...[0, 1, 2].map((index) => outputOf(norm, index))] })];
  });
}

/** LabBatchNormGradient of what was joined, LabGeluGradient and LabBiasGradient, where nothing else reads what lies between and it is not given out. */
function joinBackward(recorder: Recorder, outputs: string[]): Map<string, string>[] {
  const readers = Map.groupBy(recorder.nodes.flatMap((node) => node.inputs.map((input) => ({ input, node }))), ({ input }) => input);
  const readerOf = (output: string, op: string) => readers.get(output)?.map(({ node }) => node).find((node) => node.op === op);
  const forward = new Map(recorder.nodes.filter(({ op }) => op === 'LabGeluBatchNormTraining').map((node) => [outputOf(node), node]));
  return recorder.nodes.filter(({ op }) => op === 'LabBatchNormGradient').flatMap((norm) => {
    const between = outputOf(norm);
    const activation = readerOf(between, 'LabGeluGradient');
    const x = forward.get(norm.inputs[1] as string)?.inputs[0];
    const bias = activation && readerOf(outputOf(activation), 'LabBiasGradient');
    if (!activation || !bias || readers.get(between)?.length !== 1 || outputs.includes(between) || activation.inputs[1] !== x) return [];
    return [recorder.merge([norm, bias, activation], { op: 'LabGeluBatchNormGradient', inputs: [...norm.inputs, x as string], outputs: [outputOf(activation), outputOf(norm, 1), outputOf(norm, 2), outputOf(bias)] })];
  });
}

/** Joins what can be joined; the bits are those of the kernels apart. @returns the outputs' names afterwards */
export function joinGelu(recorder: Recorder, outputs: string[]): string[] {
  const renamings = [...joinForward(recorder), ...joinBackward(recorder, outputs)];
  return outputs.map((output) => renamings.reduce((name, renamed) => renamed.get(name) ?? name, output));
}
