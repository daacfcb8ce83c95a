// One engine in a process of its own, for bench:train: engineSteps.ts ENGINE MODEL BATCH.
import { openHome } from '#runs';
import { chooseEngine } from '#training';
import { serveSteps } from './serveSteps.ts';
import { trainSubjects } from './subjects.ts';

const [name = '', key = '', batch = '32'] = process.argv.slice(2);
const subject = trainSubjects.find((candidate) => candidate.key === key);
if (!subject) throw new Error(`There is no model ${key}. There are ${trainSubjects.map((candidate) => candidate.key).join(', ')}.`);
const { engine } = await chooseEngine(name, { device: 'auto', threads: 0, engines: openHome().engines });
await serveSteps(engine, { ...subject, shape: [Number(batch), subject.shape[1], subject.shape[2], subject.shape[3]] });
process.exit(0);
