// GELU forward and back in one recording: joined where the input is the same, left alone where it is not. (The bits: compile.test.ts, ConvMixer eager and compiled.)
import { expect, test } from 'vitest';
import { joinGelu } from '../../../../src-main/training/engines/wasm/joinGelu.ts';
import { Recorder } from '../../../../src-main/training/engines/wasm/record.ts';

function recorded(...between: ('write x' | 'another gelu')[]) {
  const recorder = new Recorder([]);
  const [x, y, dy, dx, other] = ['x', 'y', 'dy', 'dx', 'other'].map(() => recorder.allocate(64));
  recorder.emit('gelu', 1, [16, 16, x!, y!]);
  if (between.includes('another gelu')) recorder.emit('gelu', 1, [16, 16, other!, y!]);
  if (between.includes('write x')) recorder.emit('add', 1, [16, 16, y!, y!, x!]);
  recorder.emit('geluGradient', 1, [16, 16, dy!, x!, dx!]);
  joinGelu(recorder);
  return { names: recorder.instructions.map(({ name }) => name), instructions: recorder.instructions, x, dy, dx };
}

test('the slope is written on the way and multiplied on the way back', () => {
  const { names, instructions, dy, dx } = recorded('another gelu');
  expect(names).toEqual(['geluAndSlope', 'gelu', 'multiply']);
  const slope = instructions[0]!.args.at(-1);
  expect(instructions[2]!.args).toEqual([16, 16, dy, slope, dx]);
});

test('an input that was written meanwhile, or has no forward here, keeps its own gradient', () => {
  expect(recorded('write x').names).toEqual(['gelu', 'add', 'geluGradient']);
  const recorder = new Recorder([]);
  const [dy, x, dx] = [1, 2, 3].map(() => recorder.allocate(64));
  recorder.emit('geluGradient', 1, [16, 16, dy!, x!, dx!]);
  joinGelu(recorder);
  expect(recorder.instructions.map(({ name }) => name)).toEqual(['geluGradient']);
});
