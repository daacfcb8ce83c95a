// Preloaded by --import: records what a program writes, renames and syncs below RECORD_ROOT, in order, and leaves the list in RECORD_FILE at its exit.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const root = process.env.RECORD_ROOT;
const original = { ...fs };
const operations = [];
const open = new Map();
const ours = (path) => (typeof path === 'string' && `${resolve(path)}/`.startsWith(`${root}/`) ? resolve(path) : null);
const note = (operation) => operations.push(operation);
const bytesOf = (data) => Buffer.from(typeof data === 'string' ? data : data).toString('base64');

/** Replaces a function of node:fs by itself and a note of what it did. */
function record(name, after) {
  fs[name] = (...args) => {
    const result = original[name](...args);
    after(result, ...args);
    return result;
  };
}

if (isMainThread && root) {
  record('openSync', (handle, path, flags) => {
    open.delete(handle);
    const at = ours(path);
    if (!at) return;
    open.set(handle, at);
    if (typeof flags === 'string' && /[wa]/.test(flags)) note({ kind: 'create', path: at, empty: flags.startsWith('w') });
  });
  record('writeSync', (written, handle, data, from = 0) => open.has(handle) && note({ kind: 'append', path: open.get(handle), data: bytesOf(data.subarray(from, from + written)) }));
  for (const name of ['fsyncSync', 'fdatasyncSync']) record(name, (_, handle) => open.has(handle) && note({ kind: 'sync', path: open.get(handle) }));
  record('ftruncateSync', (_, handle, size) => open.has(handle) && note({ kind: 'truncate', path: open.get(handle), size }));
  record('appendFileSync', (_, path, data, options) => {
    if (!ours(path)) return;
    note({ kind: 'create', path: ours(path), empty: false });
    note({ kind: 'append', path: ours(path), data: bytesOf(data) });
    if (options?.flush) note({ kind: 'sync', path: ours(path) });
  });
  record('writeFileSync', (_, path, data) => ours(path) && (note({ kind: 'create', path: ours(path), empty: true }), note({ kind: 'append', path: ours(path), data: bytesOf(data) })));
  record('copyFileSync', (_, from, to) => ours(to) && (note({ kind: 'create', path: ours(to), empty: true }), note({ kind: 'append', path: ours(to), data: bytesOf(original.readFileSync(to)) })));
  record('renameSync', (_, from, to) => ours(to) && note({ kind: 'rename', from: resolve(from), path: ours(to) }));
  record('linkSync', (_, from, to) => ours(to) && note({ kind: 'link', from: resolve(from), path: ours(to) }));
  record('rmSync', (_, path) => ours(path) && note({ kind: 'remove', path: ours(path) }));
  // A recursive one gives the first folder that it made; a plain one gives nothing, and throws where there is one.
  record('mkdirSync', (first, path, options) => ours(path) && (first !== undefined || options?.recursive !== true) && note({ kind: 'folder', path: ours(path) }));
  syncBuiltinESMExports();
  process.on('exit', () => original.writeFileSync(process.env.RECORD_FILE, JSON.stringify(operations)));
}
