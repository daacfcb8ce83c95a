// A package index on loopback with small wheels that have the tree of the real ones, as JSON or as pages of links.
import { createHash, randomBytes } from 'node:crypto';
import { zip, type ZipItem } from './archives.ts';
import { startMirror, type Mirror, type MirrorFile } from './mirror.ts';

const digest = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
const text = (content: string): Buffer => Buffer.from(content);

/** Content of libtensorflow_cc in the wheels: random, so that it stays large when packed; large enough to be streamed. */
export const library = randomBytes(5 << 20);

/** A wheel of TensorFlow; what is in `more` comes last. */
export function tensorflowWheel({ version = '2.21.0', project = 'tensorflow_cpu', more = [] }: { version?: string; project?: string; more?: ZipItem[] } = {}): Buffer {
  return zip([
    { name: 'tensorflow/__init__.py', content: text('raise ImportError\n') },
    { name: 'tensorflow/libtensorflow_cc.so.2', content: library },
    { name: 'tensorflow/libtensorflow_framework.so.2', content: text('framework') },
    { name: 'tensorflow/include/tensorflow/c/c_api.h', content: text('#define TF_CAPI\n') },
    { name: 'tensorflow/python/framework/ops.py', content: text('pass\n') },
    { name: `${project}-${version}.dist-info/METADATA`, content: text(`Name: tensorflow\nRequires-Dist: numpy>=1.26\nRequires-Dist: nvidia-cudnn-cu12<10.0,>=9.3; extra == "and-cuda"\nRequires-Dist: nvidia-cuda-nvcc-cu12<13.0,>=12.5; extra == "and-cuda"\n`) },
    ...more,
  ]);
}

export const cudnnWheel = (): Buffer => zip([{ name: 'nvidia/cudnn/lib/libcudnn.so.9', content: text('cudnn') }, { name: 'nvidia/cudnn/include/cudnn.h', content: text('//') }]);
export const nvccWheel = (): Buffer => zip([{ name: 'nvidia/cuda_nvcc/bin/ptxas', content: text('ptxas') }, { name: 'nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc', content: text('bc') }]);

/** One file of an index. `sha256`: what the index says of it, where that is not the truth. */
export type Listed = { file: string; content: Buffer; yanked?: boolean; sha256?: string };
export type Form = 'JSON' | 'HTML';

/** The name that a wheel has for this computer and for every other. */
export const wheelFile = (project: string, version: string, platform = process.arch === 'arm64' ? 'manylinux_2_17_aarch64' : 'manylinux_2_17_x86_64'): string => `${project}-${version}-cp312-cp312-${platform}.whl`;
export const nvidiaFile = (project: string, version: string): string => wheelFile(project, version).replace('cp312-cp312', 'py3-none');

function page(files: Listed[], form: Form): MirrorFile {
  if (form === 'JSON') {
    const entries = files.map(({ file, content, yanked = false, sha256 }) => ({ filename: file, url: `../../files/${encodeURIComponent(file)}`, size: content.length, yanked: yanked ? 'broken' : false, hashes: { sha256: sha256 ?? digest(content) } }));
    return { type: 'application/vnd.pypi.simple.v1+json', content: text(JSON.stringify({ meta: { 'api-version': '1.1' }, name: 'x', files: entries })) };
  }
  const links = files.map(({ file, content, yanked, sha256 }) => `<a href="../../files/${encodeURIComponent(file)}?a=1&amp;b=2#sha256=${sha256 ?? digest(content)}"${yanked ? ' data-yanked="broken"' : ''} data-requires-python="&gt;=3.9">${file}</a><br />`);
  return { type: 'text/html; charset=utf-8', content: text(`<!DOCTYPE html>\n<html><body>${links.join('\n')}</body></html>`) };
}

/** Serves projects (names as in addresses). `address` of the result with /simple is the index. */
export async function startPackageIndex(projects: Record<string, Listed[]>, form: Form = 'JSON'): Promise<Mirror & { index: string }> {
  const query = form === 'HTML' ? '?a=1&b=2' : '';
  const files = Object.values(projects).flat().map(({ file, content }): [string, MirrorFile] => [`files/${encodeURIComponent(file)}${query}`, content]);
  const pages = Object.entries(projects).map(([name, listed]): [string, MirrorFile] => [`simple/${name}/`, page(listed, form)]);
  const mirror = await startMirror(Object.fromEntries([...files, ...pages]));
  return { ...mirror, index: `${mirror.address}/simple` };
}
