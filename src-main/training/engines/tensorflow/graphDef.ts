// Writes a recorded step as TensorFlow's GraphDef, in the few fields of protobuf's wire format that it needs
// (tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape}.proto).
import { dtypes, type Attribute, type Dtype } from './binding.ts';

/** A constant's contents. */
export type TensorConstant = { tensor: { dtype: Dtype; shape: number[]; values: Float32Array | Int32Array } };
/** A node; inputs as "node:index". */
export type GraphNode = { name: string; op: string; inputs: string[]; attributes: Record<string, Attribute | TensorConstant | { shape: number[] }> };

/** Graphs of this version and later mean what we write: TensorFlow checks it against its own range. */
const producer = 1395;

/** Collects the bytes of one message. */
class Message {
  readonly #parts: Uint8Array[] = [];
  length = 0;

  /** An integer; negative ones as 64 bits of two's complement. */
  integer(field: number, value: number): this { return this.#varint(field * 8).#varint(value); }
  float(field: number, value: number): this { return this.#varint(field * 8 + 5).#push(new Uint8Array(Float32Array.of(value).buffer)); }
  text(field: number, value: string): this { return this.bytes(field, new TextEncoder().encode(value)); }
  bytes(field: number, value: Uint8Array): this { return this.#varint(field * 8 + 2).#varint(value.length).#push(value); }

  message(field: number, write: (message: Message) => void): this {
    const inner = new Message();
    write(inner);
    return this.bytes(field, inner.encode());
  }

  encode(): Uint8Array {
    const all = new Uint8Array(this.length);
    let offset = 0;
    for (const part of this.#parts) {
      all.set(part, offset);
      offset += part.length;
    }
    return all;
  }

  #varint(value: number): this {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    return this.#push(Uint8Array.from([...bytes, Number(rest)]));
  }

  #push(part: Uint8Array): this {
    this.#parts.push(part);
    this.length += part.length;
    return this;
  }
}

const writeShape = (shape: number[]) => (message: Message) => { for (const side of shape) message.message(2, (dimension) => dimension.integer(1, side)); };

function writeAttribute(message: Message, attribute: GraphNode['attributes'][string]): void {
  if ('string' in attribute) message.text(2, attribute.string);
  else if ('int' in attribute) message.integer(3, attribute.int);
  else if ('ints' in attribute) message.message(1, (list) => { for (const value of attribute.ints) list.integer(3, value); });
  else if ('float' in attribute) message.float(4, attribute.float);
  else if ('bool' in attribute) message.integer(5, attribute.bool ? 1 : 0);
  else if ('type' in attribute) message.integer(6, dtypes[attribute.type]);
  else if ('shape' in attribute) message.message(7, writeShape(attribute.shape));
  else {
    const { dtype, shape, values } = attribute.tensor;
    const content = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    message.message(8, (tensor) => tensor.integer(1, dtypes[dtype]).message(2, writeShape(shape)).bytes(4, content));
  }
}

/** The bytes of a GraphDef with these nodes, in any order. */
export function encodeGraph(nodes: GraphNode[]): Uint8Array {
  const graph = new Message();
  for (const { name, op, inputs, attributes } of nodes) {
    graph.message(1, (node) => {
      node.text(1, name).text(2, op);
      for (const input of inputs) node.text(3, input);
      for (const [key, attribute] of Object.entries(attributes)) {
        node.message(5, (entry) => entry.text(1, key).message(2, (value) => writeAttribute(value, attribute)));
      }
    });
  }
  return graph.message(4, (versions) => versions.integer(1, producer)).encode();
}
