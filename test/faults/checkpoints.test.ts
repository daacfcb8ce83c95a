// Checkpoints against the machine: killed at each system call, disk errors, a full disk, torn and flipped bytes.
// Always: the newest that was acknowledged, or the one being written, is found whole; what was torn is said.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { pathsIn } from '#runs';
import { CheckpointStore, type Loaded } from '../../src-main/runs/trainer/checkpoints.ts';

const program = fileURLToPath(new URL('../helpers/programs/saveCheckpoints.ts', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'vsgd-lab-faults-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const works = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const hasStrace = works('strace', '-f', '-o', '/dev/null', '-e', 'trace=fsync', 'true');
const hasMounts = works('unshare', '-Urm', 'sh', '-c', `mount -t tmpfs -o size=64k tmpfs ${scratch}`);

let runs = 0;
function createRun(): string {
  runs += 1;
  const root = join(scratch, String(runs));
  mkdirSync(join(root, 'checkpoints'), { recursive: true });
  return root;
}

const load = (root: string): Loaded | null => new CheckpointStore(pathsIn(root)).loadNewest();
const stepIn = (loaded: Loaded | null) => loaded?.file.tensors.get('model/w')?.data[0];
const savedIn = (output: string) => Number([...output.matchAll(/^saved (\d+)/gm)].at(-1)?.[1] ?? 0);
const strace = (root: string, inject: string, count = 2) =>
  spawnSync('strace', ['-f', '-o', '/dev/null', '-e', `trace=${inject.split(':')[0]}`, '-e', `inject=${inject}`, process.execPath, program, root, String(count)], { encoding: 'utf8' });

describe.skipIf(!hasStrace)('under strace', () => {
  test.each(['fsync', 'rename', 'link'])('killed at the n-th %s, for every n: old or new, never torn, and the next run goes on', (call) => {
    let kills = 0;
    for (let when = 1; ; when += 1) {
      const root = createRun();
      const { stdout, signal } = strace(root, `${call}:signal=KILL:when=${when}`);
      if (signal !== 'SIGKILL') break;
      kills += 1;
      const acknowledged = savedIn(stdout);
      const loaded = load(root);
      expect(loaded?.passedOver ?? [], `${call} ${when}`).toEqual([]);
      expect([acknowledged, acknowledged + 1], `${call} ${when}`).toContain(loaded?.entry.step ?? 0);
      expect(stepIn(loaded)).toBe(loaded?.entry.step);
      if (when % 3 !== 1) continue;
      expect(spawnSync(process.execPath, [program, root, '3'], { encoding: 'utf8' }).stdout).toContain('saved 3');
      expect(readdirSync(join(root, 'checkpoints')).filter((name) => name.includes('tmp'))).toEqual([]);
    }
    expect(kills).toBeGreaterThan(2);
  });

  test.each(['EIO', 'ENOSPC'])('%s at the n-th fsync, for every n: told as failed, what was saved before is found', (error) => {
    let failures = 0;
    for (let when = 1; when < 40; when += 1) {
      const root = createRun();
      const { stdout, status } = strace(root, `fsync:error=${error}:when=${when}`);
      expect(status).toBe(0);
      if (!stdout.includes('failed')) break;
      failures += 1;
      expect(stdout).toContain(error === 'ENOSPC' ? 'DISK_FULL' : 'INTERNAL');
      const loaded = load(root);
      expect(loaded?.entry.step ?? 0, `${error} ${when}: ${stdout}`).toBeGreaterThanOrEqual(savedIn(stdout));
      expect(readdirSync(join(root, 'checkpoints')).filter((name) => name.includes('tmp'))).toEqual([]);
    }
    expect(failures).toBeGreaterThan(6);
  });
});

describe.skipIf(!hasMounts)('on a small disk', () => {
  test('twenty sizes: saved whole or told as full, nothing half, and it goes on when there is room', () => {
    const sizes = Array.from({ length: 20 }, (_, index) => 44 + 12 * index); // KiB; a checkpoint takes about 40
    let [full, fine] = [0, 0];
    for (const size of sizes) {
      const [root, mount] = [createRun(), join(scratch, 'mount')];
      mkdirSync(mount, { recursive: true });
      const script = `mount -t tmpfs -o size=${size + 200}k tmpfs "$1" && mkdir "$1/checkpoints" && head -c 204800 /dev/zero > "$1/filler" && shift && "$@"; cp -r "$MOUNT/checkpoints" "$KEEP"`;
      const { stdout, stderr } = spawnSync('unshare', ['-Urm', 'sh', '-c', script, 'sh', mount, process.execPath, program, mount, '5', '10000', join(mount, 'filler')], { encoding: 'utf8', env: { ...process.env, MOUNT: mount, KEEP: root } });
      const lines = stdout.trim().split('\n');
      expect(lines, stderr).toHaveLength(5);
      for (const line of lines) expect(line).toMatch(/^saved \d$|^failed \d DISK_FULL$/);
      expect(lines[4]).toBe('saved 5');
      full += lines.filter((line) => line.startsWith('failed')).length;
      fine += lines.filter((line) => line.startsWith('saved')).length;
      const loaded = load(root);
      expect([loaded?.entry.step, stepIn(loaded), loaded?.passedOver]).toEqual([5, 5, []]);
    }
    expect(Math.min(full, fine)).toBeGreaterThan(10);
  });
});

describe('torn and flipped', () => {
  test('cut at each 4 KB, or one byte flipped anywhere: falls back to the one before, and says so', () => {
    const root = createRun();
    expect(spawnSync(process.execPath, [program, root, '2', '10000'], { encoding: 'utf8' }).stdout).toContain('saved 2');
    const last = (folder: string) => join(folder, 'checkpoints', 'last.safetensors');
    const whole = readFileSync(last(root));
    const cuts = Array.from({ length: Math.ceil(whole.length / 4096) }, (_, index) => index * 4096);
    const flips = Array.from({ length: 60 }, (_, index) => Math.floor((index * whole.length) / 60) + (index % 7));
    const damage = [...cuts.map((at) => (file: string) => truncateSync(file, at)), ...flips.map((at) => (file: string) => {
      const bytes = Buffer.from(whole);
      bytes[Math.min(at, bytes.length - 1)]! ^= 1 << at % 8;
      writeFileSync(file, bytes);
    })];
    for (const [index, harm] of damage.entries()) {
      const copy = `${root}-copy`;
      rmSync(copy, { recursive: true, force: true });
      cpSync(root, copy, { recursive: true });
      harm(last(copy));
      const loaded = load(copy);
      expect([loaded?.entry.step, stepIn(loaded)], `damage ${index}`).toEqual([1, 1]);
      expect(loaded?.passedOver).toEqual([expect.stringContaining('last.safetensors is torn or changed')]);
    }
  });
});
