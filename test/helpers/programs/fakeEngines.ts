// Stands in for the modules of the engines tensorflow and webgpu, by VSGD_LAB_ENGINE_MODULE: what it does is told by FAKE_ENGINES
// (words: crash, hang, rubbish, gpu, software, slow build, no compiler); it computes on the plain JavaScript engine.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '#contract';
import { createCpuEngine, type Engine } from '#training';

const told = (word: string): boolean => (process.env.FAKE_ENGINES ?? '').split(',').includes(word);

async function misbehave(): Promise<void> {
  if (told('crash')) process.kill(process.pid, 'SIGSEGV');
  if (told('rubbish')) process.stdout.write('vsgd-lab answer: {"usable": "perhaps"}\n', () => process.exit(0));
  if (['crash', 'rubbish', 'hang'].some(told)) await new Promise(() => setInterval(() => {}, 1000));
}

async function computing(name: string, device: string): Promise<Engine> {
  const engine = await createCpuEngine();
  return { ...engine, info: { name, device } };
}

export async function probeTensorflow(): Promise<{ usable: boolean; reason: string; device: string | null; devices: string[] }> {
  await misbehave();
  return told('gpu') ? { usable: true, reason: 'It computes.', device: 'cuda:0 (Fake GPU)', devices: ['cuda:0 (Fake GPU)', 'CPU'] } : { usable: true, reason: 'It computes.', device: 'CPU', devices: ['CPU'] };
}

export const createTensorflowEngine = ({ device }: { device: string }): Promise<Engine> => computing('tensorflow', told('gpu') && device !== 'cpu' ? 'cuda:0 (Fake GPU)' : 'CPU');

export async function buildTensorflowBinding({ folder, onLine, signal }: { folder: string; onLine?: (line: string) => void; signal?: AbortSignal }): Promise<{ bindingHash: string }> {
  if (told('no compiler')) throw new LabError('ENGINE_UNUSABLE', 'The binding cannot be built: there is no C++ compiler. Install it: apt-get install g++.');
  onLine?.('compiling fake.cc');
  if (told('slow build')) await new Promise((_, reject) => { const timer = setInterval(() => { if (signal?.aborted) { clearInterval(timer); reject(new LabError('CANCELLED', 'The build was cancelled.')); } }, 20); });
  mkdirSync(join(folder, 'binding'), { recursive: true });
  writeFileSync(join(folder, 'binding', 'vsgd_tensorflow.node'), 'binding');
  return { bindingHash: bindingHash() };
}

export const bindingHash = (): string => 'fake';

export async function probeWebgpu(): Promise<{ usable: boolean; reason: string; device: string | null; software: boolean }> {
  await misbehave();
  if (told('software')) return { usable: true, reason: 'It computes.', device: 'SwiftShader', software: true };
  return told('gpu') ? { usable: true, reason: 'It computes.', device: 'Fake GPU', software: false } : { usable: false, reason: 'No adapter was found.', device: null, software: false };
}

export const createWebgpuEngine = (): Promise<Engine> => computing('webgpu', 'Fake GPU');
