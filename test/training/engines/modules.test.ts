// Native modules are loaded on demand: without webgpu's binary everything but webgpu works, and what a shell imports loads no image library.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scratchFolder } from '#test/scratch.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A copy of the program whose `webgpu` package has lost its binaries. */
function copyWithoutDawn(): string {
  const copy = scratchFolder();
  for (const name of ['package.json', 'src-main', 'resources']) cpSync(join(root, name), join(copy, name), { recursive: true });
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules'))) if (name !== 'webgpu') symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  cpSync(join(root, 'node_modules', 'webgpu'), join(copy, 'node_modules', 'webgpu'), { recursive: true, filter: (path) => !path.endsWith('.node') });
  expect(existsSync(join(copy, 'node_modules', 'webgpu', 'index.js'))).toBe(true);
  return copy;
}

test('without webgpu\'s binary runs train and are listed; webgpu alone is reported as unusable', () => {
  const copy = copyWithoutDawn();
  const home = join(copy, 'home');
  const lab = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(copy, 'src-main/cli/main.ts'), ...args, '--home', home], { encoding: 'utf8', env: { ...process.env, VSGD_LAB_ADAPTER: '' } });
    return { status, stdout, stderr };
  };
  const run = lab('run', '--json', '--engine', 'wasm', 'experiment=quickstart', 'model.dim=8', 'model.depth=1', 'train.max_iter=3');
  expect(run).toMatchObject({ status: 0 });
  expect(JSON.parse(lab('runs', 'list', '--json').stdout)).toHaveLength(1);
  const refused = lab('run', '--engine', 'webgpu', 'experiment=quickstart', 'train.max_iter=1');
  expect(refused.status).not.toBe(0);
  expect(`${refused.stdout}${refused.stderr}`).toMatch(/webgpu package cannot be loaded/);
  rmSync(copy, { recursive: true, force: true });
});

test('what the desktop app, the server and the command line import loads neither sharp nor webgpu', () => {
  const entries = ['services', 'router', 'server', 'electron/app.ts'].map((name) => join(root, 'src-main', name.endsWith('.ts') ? name : `${name}/index.ts`));
  const program = `
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ resolve(specifier, context, next) { if (/^(sharp|webgpu)(\\/|$)/.test(specifier)) seen.push(specifier); return next(specifier, context); } });
    for (const entry of ${JSON.stringify(entries)}) await import(entry);
    process.stdout.write(JSON.stringify(seen));
    process.exit(0);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { cwd: root, encoding: 'utf8' });
  expect(stderr).not.toContain('Error');
  expect(JSON.parse(stdout)).toEqual([]);
});
