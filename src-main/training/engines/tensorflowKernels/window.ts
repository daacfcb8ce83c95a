// Windows of convolutions and poolings: their outputs' sides, and how TensorFlow's kernels and ours are told.
import type { Pads } from '#operations/vocabulary';
import type { Attributes } from '../tensorflow/binding.ts';
import type { Sink, Value } from '../tensorflow/sink.ts';
import { integers, one, T } from './algebra.ts';

type Window = { stride: number; pads: Pads };

const outputSide = (side: number, size: number, { stride, pads }: Window): number => Math.floor((side + pads[0] + pads[1] - size) / stride) + 1;

/** The shape of what a window gives over images, of `channels` or as many as there are. */
export const outputShape = (image: number[], size: number, { channels, ...window }: Window & { channels?: number }): number[] =>
  image.map((side, axis) => (axis === 1 || axis === 2 ? outputSide(side, size, window) : axis === 3 ? channels ?? side : side));

/** A window as our own kernels' attributes. */
export const ownWindow = (side: number, { stride = 1, pads: [before, after], groups = 1 }: { stride?: number; pads: Pads; groups?: number }): Attributes =>
  ({ side: { int: side }, stride: { int: stride }, before: { int: before }, after: { int: after }, groups: { int: groups } });

/** TensorFlow's own words for pads where it has some: its kernels are tuned for them. */
function paddingOf([height, width]: [number, number], size: number, { stride, pads }: Window): { word: 'VALID' | 'SAME' | 'EXPLICIT'; explicit: number[] } {
  if (pads[0] === 0 && pads[1] === 0) return { word: 'VALID', explicit: [] };
  const isSame = [height, width].every((side) => {
    const total = Math.max((Math.ceil(side / stride) - 1) * stride + size - side, 0);
    return pads[0] === Math.floor(total / 2) && pads[1] === total - Math.floor(total / 2);
  });
  return isSame ? { word: 'SAME', explicit: [] } : { word: 'EXPLICIT', explicit: [0, 0, ...pads, ...pads, 0, 0] };
}

/** A convolution's window as TensorFlow's attributes. */
export function windowAttributes(image: number[], size: number, window: Window): Attributes {
  const [, height = 0, width = 0] = image;
  const { word, explicit } = paddingOf([height, width], size, window);
  return {
    strides: { ints: [1, window.stride, window.stride, 1] }, dilations: { ints: [1, 1, 1, 1] }, data_format: { string: 'NHWC' },
    padding: { string: word }, explicit_paddings: { ints: explicit },
  };
}

type Framed = { shape: number[]; before: number; window: Window };

/**
 * The image with its pads in it, where TensorFlow has no word for them: oneDNN's kernels, unlike a GPU's, do not take pads of their own.
 * Null where the image can stay as it is.
 */
export function framed(sink: Sink, image: number[], { size, window }: { size: number; window: Window }): Framed | null {
  const [, height = 0, width = 0] = image;
  if (sink.traits.gpu || paddingOf([height, width], size, window).word !== 'EXPLICIT') return null;
  const [before] = window.pads;
  const shape = image.map((side, axis) => (axis === 1 || axis === 2 ? Math.max(side + before, (outputSide(side, size, window) - 1) * window.stride + size) : side));
  return { shape, before, window: { stride: window.stride, pads: [0, 0] } };
}

/** The image in its frame of zeros. */
export function frame(sink: Sink, x: Value, { shape, before }: Framed): Value {
  const pads = Int32Array.from(shape.flatMap((side, axis) => (axis === 1 || axis === 2 ? [before, side - before - (x.shape[axis] as number)] : [0, 0])));
  return one(sink, { op: 'Pad', inputs: [x, sink.constant(pads, [4, 2])], attributes: { T, Tpaddings: { type: 'int32' } }, shape });
}

/** The image out of its frame. */
export const unframe = (sink: Sink, dx: Value, { before, shape }: { before: number; shape: number[] }): Value =>
  one(sink, { op: 'Slice', inputs: [dx, integers(sink, [0, before, before, 0]), integers(sink, shape)], attributes: { T, Index: { type: 'int32' } }, shape });
