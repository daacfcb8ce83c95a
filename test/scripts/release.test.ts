// The release's workflow: the bindings get into the packages, under the names that they are looked for by, and everything onto the release.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

type Step = { uses?: string; run?: string; if?: string; with?: Record<string, string> };
type Job = { needs?: string | string[]; strategy?: { matrix: { os: string[] } }; steps: Step[] };

const place = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const { jobs } = parse(readFileSync(place('.github/workflows/release.yml'), 'utf8')) as { jobs: Record<'bindings' | 'packages' | 'attach', Job> };
const { bindings, packages, attach } = jobs;
const using = ({ steps }: Job, action: string) => steps.filter(({ uses }) => uses?.startsWith(`actions/${action}@`));
const builder = parse(readFileSync(place('electron-builder.yml'), 'utf8')) as { files: string[]; asarUnpack: string[]; directories: { output: string } } & Record<'linux' | 'mac' | 'win', { target: string[] }>;

test('every package but Windows\' takes the binding of its own system, before it is made', () => {
  expect([packages.needs].flat()).toContain('bindings');
  const made = bindings.strategy?.matrix.os ?? [];
  for (const os of (packages.strategy?.matrix.os ?? []).filter((name) => !name.startsWith('windows'))) expect(made).toContain(os);
  const [upload] = using(bindings, 'upload-artifact');
  const [download] = using(packages, 'download-artifact');
  expect([upload?.with?.name, upload?.with?.path]).toEqual(['bindings-${{ matrix.os }}', 'bindings/*.node']);
  expect(bindings.steps.some(({ run }) => run === 'node scripts/binding.ts bindings')).toBe(true);
  expect(download).toEqual({ uses: expect.any(String) as string, if: "runner.os != 'Windows'", with: { name: upload?.with?.name, path: 'resources/bindings' } });
  const order = [download?.uses, 'test -f "resources/bindings/$(node scripts/binding.ts --name)"', 'npm run package'].map((wanted) => packages.steps.findIndex(({ uses, run }) => (uses ?? run) === wanted));
  expect(order).toEqual(order.toSorted((one, other) => one - other));
  expect(order).not.toContain(-1);
});

test('resources/bindings goes into the package, beside the archive, and not into the repository', () => {
  expect(builder.files).toContain('resources/**');
  expect(builder.asarUnpack).toContain('resources/**');
  expect(readFileSync(place('.gitignore'), 'utf8').split('\n')).toContain('resources/bindings/');
});

test('the release gets every binding and every installer', () => {
  expect([attach.needs].flat().toSorted()).toEqual(['bindings', 'packages']);
  const downloads = using(attach, 'download-artifact').map((step) => step.with);
  expect(downloads.map((options) => options?.pattern)).toEqual(['bindings-*', 'packages-*']);
  for (const options of downloads) expect(options).toMatchObject({ path: 'release', 'merge-multiple': true });
  expect(attach.steps.at(-1)?.run).toContain(' release/* ');
  const endings: Record<string, string> = { AppImage: 'AppImage', deb: 'deb', dmg: 'dmg', nsis: 'exe' };
  const [upload] = using(packages, 'upload-artifact');
  const made = [builder.linux, builder.mac, builder.win].flatMap(({ target }) => target).map((target) => `${builder.directories.output}/*.${endings[target]}`);
  expect(upload?.with?.path?.trim().split('\n')).toEqual(made);
});

test('every script that the workflow runs is there', () => {
  const scripts = Object.values(jobs).flatMap(({ steps }) => steps).flatMap(({ run }) => run?.match(/scripts\/\w+\.ts/g) ?? []);
  expect(scripts.length).toBeGreaterThan(1);
  for (const script of scripts) expect([script, existsSync(place(script))]).toEqual([script, true]);
});
