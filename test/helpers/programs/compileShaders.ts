// Compiles WGSL on Dawn's null backend, which runs nothing and knows every feature: texts as JSON on stdin, complaints as JSON on stdout.
// In a process of its own, as Dawn may crash.
import { text } from 'node:stream/consumers';
import { create, globals } from 'webgpu';

Object.assign(globalThis, globals);
const sources = JSON.parse(await text(process.stdin)) as string[];
const gpu = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis']);
const adapter = await gpu.requestAdapter();
const device = await adapter!.requestDevice({ requiredFeatures: ['shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix'] as GPUFeatureName[] });
const complaints: string[] = [];
for (const code of sources) {
  const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
  complaints.push(...messages.map(({ message }) => message));
}
// On a line of its own: Dawn prints to stdout too.
process.stdout.write(`\n${JSON.stringify(complaints)}\n`, () => process.exit(gpu ? 0 : 1));
