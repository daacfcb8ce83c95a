// The float16 variant of the products, where no adapter here can run it: Dawn's own compiler must accept its text (on its null backend).
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Block } from '../../../../src-main/training/engines/recording/block.ts';
import type { Abilities, Instruction, Sink } from '../../../../src-main/training/engines/webgpu/sink.ts';
import { kernels } from '../../../../src-main/training/engines/webgpuKernels/index.ts';
import { tiles } from '../../../../src-main/training/engines/webgpuProducts/tiles.ts';
import { kernelCases } from '../../../helpers/kernelCases.ts';

const program = fileURLToPath(new URL('../../../helpers/programs/compileShaders.ts', import.meta.url));

const blockOf = (bytes: number): Block => ({ bytes, kind: 'recorded', address: 0, references: 0, version: 0 });

/** The WGSL that a kernel's cases are lowered to with a tile. */
function sourcesOf(name: string, { half, tile = '64x64x16/8x4', matrices = null }: { half: boolean; tile?: string; matrices?: Abilities['matrices'] }): string[] {
  const instructions: Instruction[] = [];
  const sink: Sink = { abilities: { invocations: 256, sharedBytes: 49152, half: half ? 'float16' : null, plain: false, matrices, tileOf: () => tile }, allocate: blockOf, renew: (block) => block, free: () => {}, emit: (one) => instructions.push(one) };
  for (const { inputs, attributes } of kernelCases.filter((one) => one.name === name)) {
    const operands = Object.fromEntries(Object.entries(inputs).map(([key, { shape }]) => [key, { shape, block: blockOf(4 * shape.reduce((a, b) => a * b, 1)) }]));
    kernels.lowerings[name]!(sink, operands, attributes ?? {});
  }
  return instructions.flatMap((one) => (one.kind === 'dispatch' ? [one.source] : []));
}

/** What Dawn's compiler says about these texts. */
async function complaintsAbout(sources: string[]): Promise<string[]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.end(JSON.stringify(sources));
  return JSON.parse((await text(child.stdout)).trimEnd().split('\n').at(-1) ?? '') as string[];
}

const products = ['LabConv2D', 'LabConv2DInputGradient', 'LabConv2DFilterGradient', 'LabLinear', 'LabLinearWeightGradient'];

test('Dawn compiles the products in float16, and says what is wrong with a text that it does not', async () => {
  const sources = products.flatMap((name) => sourcesOf(name, { half: true }));
  expect(sources.filter((source) => source.startsWith('enable f16;') && source.includes('vec4h')).length).toBeGreaterThan(30);
  expect(await complaintsAbout(sources)).toEqual([]);
  expect((await complaintsAbout(['enable f16; fn broken() -> vec4h { return vec4f(0.0); }'])).join()).toContain('vec4<f16>');
}, 60_000);

test('Dawn compiles the products by matrix units, with every tile that has them', async () => {
  const matrices = { m: 16, n: 16, k: 16, lanes: 32 };
  const withUnits = Object.keys(tiles).filter((name) => tiles[name]!.units);
  expect(withUnits.length).toBeGreaterThan(1);
  const sources = withUnits.flatMap((tile) => products.flatMap((name) => sourcesOf(name, { half: true, tile, matrices })));
  expect(sources.filter((source) => source.includes('subgroupMatrixMultiplyAccumulate')).length).toBeGreaterThan(withUnits.length * 20);
  expect(await complaintsAbout(sources)).toEqual([]);
  for (const tile of withUnits) expect(sourcesOf('LabLinear', { half: true, tile }).join(), 'no units, no tile that has them').not.toContain('subgroup');
}, 120_000);

test('float32 products never mention float16', () => {
  for (const source of sourcesOf('LabConv2D', { half: false })) expect(source).not.toContain('f16');
});
