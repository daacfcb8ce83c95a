// Turns an SVG document into a PNG in a child process on plain Node. libvips must not be loaded into Electron's main process:
// on Linux it brings its own GLib next to the system's, and the two crash each other (lovell/sharp#4522).
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childEnvironment, LabError, nodeFlags, outsideArchive } from '#contract';

const program = outsideArchive(fileURLToPath(new URL('./rasterizeChild.ts', import.meta.url)));
const limitMs = 120_000;

/**
 * The document as PNG bytes, with `dpi` noted in the file; the document's own width and height are its pixels.
 * @throws LabError INTERNAL when the child fails, with its last line
 */
export async function rasterize(svg: string, dpi: number): Promise<Buffer> {
  const child = spawn(process.env.VSGD_LAB_NODE ?? process.execPath, [...nodeFlags, program, String(dpi)], { stdio: 'pipe', timeout: limitMs, windowsHide: true, env: childEnvironment(process.env) });
  const [png, complaints]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => png.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  child.stdin.on('error', () => undefined); // a child that ends early is reported by its exit
  child.stdin.end(svg);
  const ending = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(code === 0 ? '' : (Buffer.concat(complaints).toString().trim().split('\n').at(-1) || `it ended with ${signal ?? `exit code ${code}`}`)));
  });
  if (ending !== '') throw new LabError('INTERNAL', `The figure could not be drawn as PNG: ${ending}. Export it as PDF or SVG instead.`);
  return Buffer.concat(png);
}
