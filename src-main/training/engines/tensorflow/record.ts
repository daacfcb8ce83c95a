// Records a step as a graph: every operation becomes a node whose outputs are known by shape and type alone; nothing is computed.
import { LabError } from '#contract';
import type { Attributes } from './binding.ts';
import type { GraphNode } from './graphDef.ts';
import { sizeOf, type Operation, type Sink, type Spec, type Traits, type Update, type UpdateRunner, type Value } from './sink.ts';

/** Larger constants would be frozen data, most likely a mistake. */
const largestConstant = 4096;

const nodeOf = (output: string) => output.slice(0, output.lastIndexOf(':'));

export class Recorder implements Sink {
  readonly traits: Traits;
  readonly nodes: GraphNode[] = [];
  readonly #runUpdate: UpdateRunner;
  readonly #constants = new Map<string, Value>();
  /** Shape and type of every output of every node, for the memory that a run takes. */
  readonly #specs = new Map<string, Spec[]>();
  /** Updates that wait to become one, with the names that their outputs will have. */
  readonly #waiting: { update: Update; names: string[] }[] = [];

  constructor(traits: Traits, runUpdate: UpdateRunner) {
    this.traits = traits;
    this.#runUpdate = runUpdate;
  }

  /** An argument of the function. */
  placeholder({ shape, dtype }: Spec): Value {
    return this.#node('Placeholder', [], { attributes: { dtype: { type: dtype }, shape: { shape } }, outputs: [{ shape, dtype }] })[0] as Value;
  }

  run({ op, inputs, attributes = {}, outputs }: Operation): Value[] {
    return this.#node(op, inputs, { attributes, outputs });
  }

  constant(values: Float32Array | Int32Array, shape: number[]): Value {
    const dtype = values instanceof Int32Array ? 'int32' : 'float32';
    const key = `${dtype} ${shape.join()} ${values.join()}`;
    const known = this.#constants.get(key);
    if (known) return known;
    const attributes = { dtype: { type: dtype }, value: { tensor: { dtype, shape, values: values.slice() } } } as GraphNode['attributes'];
    const value = this.#node('Const', [], { attributes, outputs: [{ shape, dtype }] })[0] as Value;
    this.#constants.set(key, value);
    return value;
  }

  fill(value: number, spec: Spec): Value {
    const scalar = this.constant(spec.dtype === 'int32' ? Int32Array.of(value) : Float32Array.of(value), []);
    const sides = this.constant(Int32Array.from(spec.shape), [spec.shape.length]);
    return this.#node('Fill', [sides, scalar], { attributes: { T: { type: spec.dtype }, index_type: { type: 'int32' } }, outputs: [spec] })[0] as Value;
  }

  /** What the step uploads: small numbers, or one number many times. */
  upload(values: Float32Array | Int32Array, shape: number[]): Value {
    const uniform = values.every((value) => Object.is(value, values[0]));
    if (values.byteLength > largestConstant && !uniform) {
      throw new LabError('RECORDING_REFUSED', `A step to be compiled uploads ${values.length} numbers; they would be frozen in it. Make them an input of the step, or state.`);
    }
    const dtype = values instanceof Int32Array ? 'int32' : 'float32';
    return uniform && values.length > 1 ? this.fill(values[0] as number, { shape, dtype }) : this.constant(values, shape);
  }

  /** Values of a graph never change, so that a view of one is the value itself. */
  view(value: Value): Value {
    if (value.node === null) throw this.#foreign();
    return value;
  }

  update(update: Update): Value[] {
    if (!this.traits.flat) return this.#runUpdate(this, update);
    const names = update.states.map((_, index) => `update${this.#waiting.length}_${index}`);
    this.#waiting.push({ update, names });
    return update.states.map(({ shape, dtype }, index) => ({ shape, dtype, handle: null, node: `${names[index]}:0` }));
  }

  /** Writes the updates that wait: those of one kind and the same numbers as one update of everything laid end to end. */
  finish(): void {
    const alike = Map.groupBy(this.#waiting.splice(0), ({ update: { kind, hyper, control } }) => `${kind} ${hyper.node} ${control.node}`);
    for (const group of alike.values()) this.#joined(group);
  }

  /** An output for the function: arguments and outputs that are given out twice need a node of their own. */
  output(value: Value, taken: Set<string>): string {
    const node = value.node as string;
    const own = this.nodes.find(({ name }) => name === nodeOf(node))?.op !== 'Placeholder' && !taken.has(node);
    const given = own ? node : (this.#node('Identity', [value], { attributes: { T: { type: value.dtype } }, outputs: [value] })[0] as Value).node as string;
    taken.add(given);
    return given;
  }

  /**
   * Puts one node in the place of several; `outputs` are the names that its outputs had, each read under its new one from now on.
   * @returns the new names by the former
   */
  merge(former: GraphNode[], { op, inputs, outputs }: { op: string; inputs: string[]; outputs: string[] }): Map<string, string> {
    const last = former.at(-1) as GraphNode;
    const name = `${last.name}_joined`;
    const renamed = new Map(outputs.map((output, index) => [output, `${name}:${index}`]));
    const specs = outputs.map((output) => this.#specs.get(nodeOf(output))?.[Number(output.slice(output.lastIndexOf(':') + 1))] as Spec);
    const attributes = Object.assign({}, ...former.map((node) => node.attributes)) as GraphNode['attributes'];
    this.nodes.splice(this.nodes.indexOf(last), 1, { name, op, inputs, attributes });
    for (const node of former.slice(0, -1)) this.nodes.splice(this.nodes.indexOf(node), 1);
    this.#specs.set(name, specs);
    for (const node of this.nodes) node.inputs = node.inputs.map((input) => renamed.get(input) ?? input);
    return renamed;
  }

  /** Largest sum of bytes that live at once, when nodes run in their order and each output goes after its last reader. */
  peakBytes(outputs: string[]): number {
    const last = new Map<string, number>();
    this.nodes.forEach(({ inputs }, index) => inputs.forEach((input) => last.set(nodeOf(input), index)));
    for (const output of outputs) last.set(nodeOf(output), Infinity);
    const bytesOf = (name: string) => (this.#specs.get(name) ?? []).reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
    let [live, peak] = [0, 0];
    this.nodes.forEach(({ name, op, inputs }, index) => {
      if (op === 'Placeholder') return;
      if (last.has(name)) live += bytesOf(name);
      peak = Math.max(peak, live);
      for (const input of new Set(inputs.map(nodeOf))) if (last.get(input) === index && !this.#isArgument(input)) live -= bytesOf(input);
    });
    return peak;
  }

  readonly #arguments = new Set<string>();
  #isArgument(name: string): boolean { return this.#arguments.has(name); }

  #joined(group: { update: Update; names: string[] }[]): void {
    const { kind, hyper, control } = (group[0] as { update: Update }).update;
    const flat = (value: Value) => this.run({
      op: 'Reshape', inputs: [value, this.constant(Int32Array.of(-1), [1])], attributes: { T: { type: 'float32' }, Tshape: { type: 'int32' } },
      outputs: [{ shape: [sizeOf(value.shape)], dtype: 'float32' }],
    })[0] as Value;
    const sizes = group.map(({ update }) => sizeOf(update.gradient.shape));
    const whole: Spec = { shape: [sizes.reduce((sum, size) => sum + size, 0)], dtype: 'float32' };
    const concatenated = (pick: (update: Update) => Value) => this.run({
      op: 'ConcatV2', inputs: [...group.map(({ update }) => flat(pick(update))), this.constant(Int32Array.of(0), [])],
      attributes: { N: { int: group.length }, T: { type: 'float32' }, Tidx: { type: 'int32' } }, outputs: [whole],
    })[0] as Value;
    const states = (group[0] as { update: Update }).update.states.map((_, slot) => concatenated(({ states: all }) => all[slot] as Value));
    const renewed = this.#runUpdate(this, { kind, states, gradient: concatenated(({ gradient }) => gradient), hyper, control });
    renewed.forEach((value, slot) => {
      const pieces = this.run({
        op: 'SplitV', inputs: [value, this.constant(Int32Array.from(sizes), [sizes.length]), this.constant(Int32Array.of(0), [])],
        attributes: { num_split: { int: group.length }, T: { type: 'float32' }, Tlen: { type: 'int32' } },
        outputs: sizes.map((size) => ({ shape: [size], dtype: 'float32' })),
      });
      group.forEach(({ update: { gradient: { shape } }, names }, index) => {
        const sides = this.constant(Int32Array.from(shape), [shape.length]);
        this.#node('Reshape', [pieces[index] as Value, sides], { attributes: { T: { type: 'float32' }, Tshape: { type: 'int32' } }, outputs: [{ shape, dtype: 'float32' }], name: names[slot] as string });
      });
    });
  }

  #node(op: string, inputs: Value[], { attributes, outputs, name = `n${this.nodes.length}` }: { attributes: Attributes | GraphNode['attributes']; outputs: Spec[]; name?: string }): Value[] {
    const names = inputs.map(({ node }) => {
      if (node === null) throw this.#foreign();
      return node;
    });
    this.nodes.push({ name, op, inputs: names, attributes });
    this.#specs.set(name, outputs);
    if (op === 'Placeholder') this.#arguments.add(name);
    return outputs.map(({ shape, dtype }, index) => ({ shape, dtype, handle: null, node: `${name}:${index}` }));
  }

  #foreign(): LabError {
    return new LabError('RECORDING_REFUSED', 'A step to be compiled uses a tensor that is neither an input nor state. Hand it over as one of them.');
  }
}
