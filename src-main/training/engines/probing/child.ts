// The probing child: tries one candidate and prints what it found. Whatever goes wrong in a driver or a library goes wrong here.
import { toLabError } from '#contract';
import { candidates, type CandidateProbe, type EnginesFolder } from '../candidates.ts';
import { answerMark } from './runChild.ts';

const { name, engines } = JSON.parse(process.argv[2] ?? '{}') as { name: string; engines: EnginesFolder };
const candidate = candidates.find((one) => one.name === name);

const failed = (error: unknown): CandidateProbe => ({ usable: false, reason: toLabError(error).message, device: null, gpu: false });
const probe = candidate ? await candidate.probe(engines).catch(failed) : failed(new Error(`There is no engine '${name}'.`));
// A library's threads must not keep the process, and its farewell must not spoil the answer.
process.stdout.write(`\n${answerMark}${JSON.stringify(probe)}\n`, () => process.exit(0));
