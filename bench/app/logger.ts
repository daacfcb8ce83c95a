// Stands in for the trainer in the app's bench: 10,000 steps at once, then 100 a second with six metrics each, until it is told to stop. It computes nothing.
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keys, valueAt } from './series.ts';

const folder = process.argv[2] as string;
let step = 0;
const line = (rest: object): string => `${JSON.stringify({ time: Date.now(), step, ...rest })}\n`;
const write = (text: string) => appendFileSync(join(folder, 'journal.jsonl'), text);
const next = () => {
  step += 1;
  return line({ type: 'metrics', values: Object.fromEntries(keys.map((key, index) => [key, valueAt(index, step)])) });
};
const beat = () => writeFileSync(join(folder, 'heartbeat'), '');

beat();
write(line({ type: 'state', state: 'running', reason: null, engine: { name: 'none', device: 'none' }, totalSteps: 1_000_000 }));
write(Array.from({ length: 10_000 }, next).join(''));
setInterval(() => write(Array.from({ length: 10 }, next).join('')), 100);
setInterval(beat, 1000);
process.stdin.on('data', () => {
  write(line({ type: 'end', reason: null, state: 'stopped' }));
  process.exit(0);
});
