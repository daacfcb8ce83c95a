// A program for fault tests: saves checkpoints 1 … count of `floats` numbers into a run directory and says how each went. With `filler`,
// the full disk is freed of that file before the last one.
import { rmSync } from 'node:fs';
import { toLabError } from '#contract';
import { pathsIn } from '#runs';
import { encodeSafetensors, type CheckpointKind } from '#training';
import { CheckpointStore } from '../../../src-main/runs/trainer/checkpoints.ts';

const [root = '', count = '3', floats = '2', filler] = process.argv.slice(2);
const store = new CheckpointStore(pathsIn(root));
store.loadNewest();
for (let step = 1; step <= Number(count); step += 1) {
  if (filler && step === Number(count)) rmSync(filler);
  const kinds: CheckpointKind[] = step % 2 === 0 ? ['last', 'best', 'kept'] : ['last'];
  const chunks = encodeSafetensors([{ name: 'model/w', dtype: 'F32', shape: [Number(floats)], data: new Float32Array(Number(floats)).fill(step) }], { step: String(step) });
  try {
    store.save(chunks, { step, offset: 10 * step, kinds, configHash: 'c', fingerprint: 'f', engine: 'wasm', version: '1' });
    process.stdout.write(`saved ${step}\n`);
  } catch (error) {
    process.stdout.write(`failed ${step} ${toLabError(error).code}\n`);
  }
}
