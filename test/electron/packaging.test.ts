// The packages' configuration: fuses, archive, what goes in, the programs of the build, and versions that agree.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { fuseNames } from '#test/electronDist.ts';

const place = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (path: string) => readFileSync(place(path), 'utf8');
const builder = parse(read('electron-builder.yml')) as Record<string, Record<string, unknown>> & { files: string[]; asarUnpack: string[]; asar: boolean; electronVersion: string; npmRebuild: boolean };
const manifest = JSON.parse(read('package.json')) as { main: string; dependencies: Record<string, string>; devDependencies: Record<string, string> };

test('every fuse is set, and as the checklist wants it', () => {
  const { resetAdHocDarwinSignature, ...fuses } = builder.electronFuses as Record<string, boolean>;
  expect(fuses).toEqual({
    runAsNode: false, enableNodeOptionsEnvironmentVariable: false, enableNodeCliInspectArguments: false, grantFileProtocolExtraPrivileges: false, loadBrowserProcessSpecificV8Snapshot: false,
    enableCookieEncryption: true, enableEmbeddedAsarIntegrityValidation: true, onlyLoadAppFromAsar: true,
  });
  expect(Object.keys(fuses).toSorted()).toEqual([...fuseNames].toSorted());
  expect(resetAdHocDarwinSignature).toBe(true); // Apple silicon starts no program whose bytes changed after signing
});

test('one archive, with all that a plain Node must read beside it, and nothing of the checkout', () => {
  expect(builder.asar).toBe(true);
  expect(builder.files.toSorted()).toEqual([expect.stringMatching(/^!node_modules\/@tensorflow\/\{tfjs,/) as string, 'dist/**', 'out/preload/**', 'out/renderer/**', 'package.json', 'resources/**']);
  expect(builder.asarUnpack).toEqual(expect.arrayContaining(['dist/**', 'resources/**', 'node_modules/**', 'package.json']));
  expect(builder.asarUnpack.join()).not.toMatch(/preload|renderer/);
  expect(builder.npmRebuild).toBe(false);
});

test('installers for three systems', () => {
  expect([builder.linux?.target, builder.mac?.target, builder.win?.target]).toEqual([['AppImage', 'deb'], ['dmg'], ['nsis']]);
  for (const icon of ['icon.png', 'tray.png']) expect(existsSync(place(`resources/icons/${icon}`))).toBe(true);
  expect(readFileSync(place('resources/icons/icon.png')).readUInt32BE(16)).toBeGreaterThanOrEqual(512);
});

test('the entry is what the build writes; Electron is one supported version everywhere and no dependency of the core', () => {
  expect(manifest.main).toBe('dist/electron/main.js');
  expect(existsSync(place('src-main/electron/main.ts'))).toBe(true);
  expect(builder.electronVersion).toBe(manifest.devDependencies.electron);
  expect(Number(builder.electronVersion.split('.')[0])).toBeGreaterThanOrEqual(45);
  expect(manifest.dependencies).not.toHaveProperty('electron');
});

test('every program that is started by its path is an input of the build', () => {
  const config = read('electron.vite.config.ts');
  const programs = [...config.matchAll(/'(src-main\/[^']+\.ts)'/g)].map((match) => match[1] as string);
  expect(programs.length).toBeGreaterThan(6);
  for (const program of programs) expect([program, existsSync(place(program))]).toEqual([program, true]);
  for (const program of ['src-main/runs/trainer/main.ts', 'src-main/runs/trainer/watchdog.ts', 'src-main/datasets/pipeline/worker.ts', 'src-main/datasets/pictures/decodeChild.ts', 'src-main/training/engines/wasmThreads/worker.ts']) expect(programs).toContain(program);
});
