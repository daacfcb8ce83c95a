// A stand-in for the trainer, for tests of the host: behaves as the run's name says. Writes the journal like a real one.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const { name } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
const write = (line) => appendFileSync(join(folder, 'journal.jsonl'), `${JSON.stringify({ time: Date.now(), step: 1, ...line })}\n`);
const state = { type: 'state', state: 'running', reason: null, engine: { name: 'stub', device: 'none' }, totalSteps: 1 };
const finish = (end) => { write({ type: 'end', reason: null, state: end }); process.exit(0); };

writeFileSync(join(folder, 'heartbeat'), '');
const acts = {
  good() { write(state); write({ type: 'metrics', values: { 'train/loss': 1 } }); finish('finished'); },
  throws() { throw new Error('the stub threw'); },
  exits3() { process.stderr.write('about to leave\n'); process.exit(3); },
  aborts() { process.abort(); },
  killed() { write(state); process.kill(process.pid, 'SIGKILL'); },
  silent() { process.exit(0); },
  garbage() { write(state); appendFileSync(join(folder, 'journal.jsonl'), `not json\n${'x'.repeat(3 * 2 ** 20)}\n`); finish('finished'); },
  loses() { write(state); write({ type: 'note', level: 'error', message: 'The GPU was lost.' }); write({ type: 'end', state: 'failed', reason: 'The GPU was lost.' }); process.exit(75); },
  obeys() { write(state); process.stdin.setEncoding('utf8').on('data', (text) => finish(text.includes('pause') ? 'paused' : 'stopped')); },
  deaf() { write(state); setInterval(() => {}, 1000); },
};
acts[name]();
