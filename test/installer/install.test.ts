// The installation against a real package index on loopback, with small wheels; building and trying are the test's own.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { installTensorflow, readPending } from '#installer';
import { listInstalled } from '#training';
import { zip } from '#test/archives.ts';
import { createHome, install, linux, serve, usual, wheelName as file } from '#test/installerHome.ts';
import { cudnnWheel, library, nvccWheel, nvidiaFile, tensorflowWheel, wheelFile } from '#test/packageIndex.ts';
import { scratchFolder } from '#test/scratch.ts';

describe.each(['JSON', 'HTML'] as const)('from an index that answers %s', (form) => {
  test('the newest tried release is fetched, compared, unpacked, built and tried', async () => {
    const lab = createHome();
    const old = { file: file('2.20.0'), content: zip([{ name: 'x' }]) };
    const index = await serve({ 'tensorflow-cpu': [old, { ...old, file: file('2.99.0') }, { ...old, file: file('2.21.1rc0') }, { ...old, file: file('2.21.5'), yanked: true }, { ...old, file: wheelFile('tensorflow_cpu', '2.21.6', 'win_amd64') }, ...(usual()['tensorflow-cpu'] ?? [])] }, form);
    const { folder, manifest, probe } = await install(lab, index.index);
    expect(manifest).toMatchObject({ format: 1, name: 'tensorflow', version: '2.21.0', flavour: 'cpu', source: expect.stringContaining('tensorflow_cpu-2.21.0') as string });
    expect(probe.usable).toBe(true);
    expect(readFileSync(join(folder, 'tensorflow', 'libtensorflow_cc.so.2')).equals(library)).toBe(true);
    expect(readFileSync(join(folder, 'tensorflow', 'include', 'tensorflow', 'c', 'c_api.h'), 'utf8')).toContain('TF_CAPI');
    expect(existsSync(join(folder, 'tensorflow', '__init__.py'))).toBe(false);
    expect(readdirSync(lab.context.engines)).toEqual(['tensorflow-2.21.0-cpu']);
    expect(readdirSync(lab.context.downloads)).toEqual([]);
    expect(new Set(lab.seen.map(({ stage }) => stage))).toEqual(new Set(['download', 'verify', 'unpack', 'build', 'check']));
    expect(lab.built).toEqual([folder]);
  });
});

test('a version can be asked for, also one that was withdrawn; what is installed is not fetched again', async () => {
  const lab = createHome();
  const index = await serve({ 'tensorflow-cpu': [{ file: file('2.20.0'), content: tensorflowWheel({ version: '2.20.0' }), yanked: true }, ...(usual()['tensorflow-cpu'] ?? [])] });
  expect((await install(lab, index.index, { version: '2.20.0' })).manifest.version).toBe('2.20.0');
  const before = index.requests.length;
  await install(lab, index.index);
  expect([index.requests.length, lab.built.length]).toEqual([before, 1]);
  lab.context.tools.hash = () => 'other sources';
  await install(lab, index.index);
  expect(lab.built.length).toBe(2);
  await install(lab, index.index, { version: '2.21.0' });
  expect(listInstalled(lab.context.engines).map(({ manifest }) => manifest.version)).toEqual(['2.21.0']);
  await expect(install(createHome(), index.index, { version: '1.0.0' })).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringMatching(/\(version 1\.0\.0, with a SHA-256\)\. The newest that fit are 2\.21\.0\. Choose another --version/) as string });
});

test('CUDA: NVIDIA\'s wheels as TensorFlow\'s own metadata asks for them', async () => {
  const lab = createHome();
  const index = await serve({
    tensorflow: [{ file: file('2.21.0', 'tensorflow'), content: tensorflowWheel({ project: 'tensorflow' }) }],
    'nvidia-cudnn-cu12': [{ file: nvidiaFile('nvidia_cudnn_cu12', '9.10.1'), content: cudnnWheel() }, { file: nvidiaFile('nvidia_cudnn_cu12', '10.0.1'), content: zip([{ name: 'x' }]) }],
    'nvidia-cuda-nvcc-cu12': [{ file: nvidiaFile('nvidia_cuda_nvcc_cu12', '12.9.0'), content: nvccWheel() }],
  });
  const { folder, manifest } = await install(lab, index.index, { flavour: 'cuda' });
  expect(manifest.flavour).toBe('cuda');
  expect(readFileSync(join(folder, 'nvidia', 'cudnn', 'lib', 'libcudnn.so.9'), 'utf8')).toBe('cudnn');
  expect(existsSync(join(folder, 'nvidia', 'cudnn', 'include'))).toBe(false);
  expect(statSync(join(folder, 'nvidia', 'cuda_nvcc', 'bin', 'ptxas')).mode & 0o111).toBe(0o111);
});

describe('what goes wrong on the way', () => {
  test('a connection cut midway is taken up where it broke; the half is not fetched twice', async () => {
    const lab = createHome();
    const index = await serve(usual());
    index.faults.push({ kind: 'cut', after: 2 << 20, path: /\.whl/ });
    await install(lab, index.index);
    expect(index.requests.filter(({ path }) => path.endsWith('.whl')).map(({ range }) => range)).toEqual([undefined, `bytes=${2 << 20}-`]);
  });

  test('cancelled while it downloads: the part is kept, and the next call goes on with it', async () => {
    const ending = new AbortController();
    const lab = createHome({ signal: ending.signal });
    const index = await serve(usual());
    index.faults.push({ kind: 'stall', after: 1 << 20, path: /\.whl/ });
    lab.context.onProgress = ({ stage, done }) => { if (stage === 'download' && done >= 1 << 20) ending.abort(); };
    await expect(install(lab, index.index)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(readPending(lab.context.engines)).toMatchObject({ name: 'tensorflow', index: index.index });
    await install({ ...lab, context: { ...lab.context, signal: undefined, onProgress: undefined } }, index.index);
    expect(index.requests.at(-1)?.range).toBe(`bytes=${1 << 20}-`);
    expect(readPending(lab.context.engines)).toBeNull();
  });

  test('another content than the index says is deleted and not unpacked', async () => {
    const lab = createHome();
    const index = await serve({ 'tensorflow-cpu': [{ file: file('2.21.0'), content: tensorflowWheel(), sha256: '0'.repeat(64) }] });
    await expect(install(lab, index.index)).rejects.toMatchObject({ code: 'ENGINE_DAMAGED', message: expect.stringMatching(/SHA-256 is [0-9a-f]{64}, and should be 0{64}/) as string });
    expect(readdirSync(lab.context.downloads)).toEqual([]);
    expect(listInstalled(lab.context.engines)).toEqual([]);
  });

  test('no such project, a broken page, a refused request: each says what to do', async () => {
    const empty = await serve({});
    await expect(install(createHome(), empty.index)).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringMatching(/It is not there at all.*--wheel/) as string });
    const index = await serve(usual());
    index.faults.push({ kind: 'status', status: 503 });
    await expect(install(createHome(), index.index)).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED', message: expect.stringMatching(/answered 503.*PIP_INDEX_URL/) as string });
    index.faults.push({ kind: 'status', status: 403 });
    await expect(install(createHome(), index.index)).rejects.toMatchObject({ message: expect.stringMatching(/credentials/) as string });
    index.faults.push({ kind: 'redirect', location: 'file:///etc/passwd' });
    await expect(install(createHome(), index.index)).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED' });
  });

  test('too little room is told before anything is fetched', async () => {
    const lab = createHome({ freeBytes: async () => 1e6 });
    const index = await serve(usual());
    await expect(install(lab, index.index)).rejects.toMatchObject({ code: 'DISK_FULL', message: expect.stringMatching(/1 MB are free/) as string });
    expect(index.requests.some(({ path }) => path.endsWith('.whl'))).toBe(false);
    expect(readdirSync(lab.context.engines)).toEqual(['installing.json']);
  });

  test.each([
    ['a path out of the folder', { name: 'tensorflow/include/../../../evil.h', content: Buffer.from('x') }],
    ['an absolute path', { name: '/tensorflow/include/evil.h', content: Buffer.from('x') }],
    ['a link', { name: 'tensorflow/include/link', content: Buffer.from('/etc/passwd'), mode: 0o120777 }],
    ['a name that another has in capitals', { name: 'tensorflow/LIBTENSORFLOW_CC.so.2', content: Buffer.from('x') }],
    ['a name with a backslash', { name: 'tensorflow\\include\\x', content: Buffer.from('x') }],
  ])('a wheel with %s is refused whole', async (_what, item) => {
    const lab = createHome();
    const index = await serve({ 'tensorflow-cpu': [{ file: file('2.21.0'), content: tensorflowWheel({ more: [item] }) }] });
    await expect(install(lab, index.index)).rejects.toMatchObject({ code: 'ENGINE_HOSTILE' });
    expect(readdirSync(lab.context.engines)).toEqual(['installing.json']);
    expect(existsSync(join(lab.home, 'evil.h'))).toBe(false);
  });

  test('a library with a flipped bit, and a wheel without libraries, are damaged', async () => {
    const flipped = tensorflowWheel();
    flipped[100_000] = (flipped[100_000] ?? 0) ^ 1;
    const first = await serve({ 'tensorflow-cpu': [{ file: file('2.21.0'), content: flipped }] });
    await expect(install(createHome(), first.index)).rejects.toMatchObject({ code: 'ENGINE_DAMAGED' });
    const second = await serve({ 'tensorflow-cpu': [{ file: file('2.21.0'), content: zip([{ name: 'tensorflow/__init__.py', content: Buffer.from('x') }]) }] });
    await expect(install(createHome(), second.index)).rejects.toMatchObject({ code: 'ENGINE_DAMAGED', message: expect.stringMatching(/none of the libraries/) as string });
  });

  test('names of an index that would lead out of the downloads are no wheels', async () => {
    const lab = createHome();
    const index = await serve({ 'tensorflow-cpu': [{ file: `../../${file('2.21.0')}`, content: tensorflowWheel() }] });
    await expect(install(lab, index.index)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a binding that cannot be built leaves the libraries; the next call only builds. A try that fails removes nothing', async () => {
    const lab = createHome();
    const index = await serve(usual());
    const { build } = lab.context.tools;
    lab.context.tools.build = () => { throw new Error('no compiler'); };
    await expect(install(lab, index.index)).rejects.toThrow('no compiler');
    const asked = index.requests.length;
    lab.context.tools = { ...lab.context.tools, build, probe: async () => ({ usable: false, reason: 'It crashed.', device: null }) };
    const { probe, folder } = await install(lab, index.index);
    expect(probe).toMatchObject({ usable: false, reason: 'It crashed.' });
    expect(index.requests.length).toBe(asked);
    expect(existsSync(join(folder, 'tensorflow', 'libtensorflow_cc.so.2'))).toBe(true);
  });

  test('systems without a library are told what to use instead', async () => {
    for (const platform of [{ ...linux, system: 'win32', glibc: null }, { ...linux, glibc: null }, { ...linux, system: 'freebsd' }, { ...linux, system: 'darwin', glibc: null, macos: [15, 0] }]) {
      await expect(installTensorflow({ flavour: 'cpu' }, createHome({ platform }).context)).rejects.toMatchObject({ code: 'ENGINE_UNUSABLE', message: expect.stringMatching(/webgpu.*wasm/) as string });
    }
    await expect(installTensorflow({ flavour: 'cuda' }, createHome({ platform: { ...linux, arch: 'arm64' } }).context)).rejects.toThrow(/for Linux on x86-64/);
  });
});

describe('without an index', () => {
  test('from wheels on disk', async () => {
    const lab = createHome();
    const folder = scratchFolder();
    const wheels = [[file('2.21.0', 'tensorflow'), tensorflowWheel({ project: 'tensorflow' })], [nvidiaFile('nvidia_cudnn_cu12', '9.9'), cudnnWheel()], [nvidiaFile('nvidia_cuda_nvcc_cu12', '12.8'), nvccWheel()]] as const;
    for (const [name, content] of wheels) writeFileSync(join(folder, name), content);
    const paths = wheels.map(([name]) => join(folder, name));
    const result = await installTensorflow({ flavour: 'cuda', wheels: paths, index: 'http://127.0.0.1:1/' }, lab.context);
    expect(result.manifest).toMatchObject({ version: '2.21.0', source: paths[0] });
    expect(existsSync(paths[0] as string)).toBe(true);
    await expect(installTensorflow({ flavour: 'cpu', wheels: [join(folder, 'nosuch.whl')] }, lab.context)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(installTensorflow({ flavour: 'cpu', wheels: [paths[1] as string] }, lab.context)).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('from an installed Python package: hard links that outlive it', async () => {
    const lab = createHome();
    const packages = scratchFolder();
    for (const [path, content] of [['tensorflow/libtensorflow_cc.so.2', 'cc'], ['tensorflow/libtensorflow_framework.so.2', 'framework'], ['tensorflow/include/c_api.h', '//'], ['tensorflow/__init__.py', ''], ['tensorflow_cpu-2.20.0.dist-info/METADATA', '']] as const) {
      mkdirSync(join(packages, path, '..'), { recursive: true });
      writeFileSync(join(packages, path), content);
    }
    for (const from of [packages, join(packages, 'tensorflow')]) {
      const { folder, manifest } = await installTensorflow({ flavour: 'cpu', from }, lab.context);
      expect(manifest).toMatchObject({ version: '2.20.0', source: packages });
      expect(statSync(join(folder, 'tensorflow', 'libtensorflow_cc.so.2')).ino).toBe(statSync(join(packages, 'tensorflow', 'libtensorflow_cc.so.2')).ino);
      expect(existsSync(join(folder, 'tensorflow', '__init__.py'))).toBe(false);
    }
    await expect(installTensorflow({ flavour: 'cuda', from: packages }, lab.context)).rejects.toThrow(/NVIDIA's libraries/);
    await expect(installTensorflow({ flavour: 'cpu', from: join(packages, 'nosuch') }, createHome().context)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
