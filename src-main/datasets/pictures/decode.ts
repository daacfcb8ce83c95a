// Decodes pictures in a child process, in batches. A picture that hangs or kills the child costs that picture:
// the batch is decoded again one by one, each with its own deadline, in fresh children.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childEnvironment, nodeFlags, outsideArchive } from '#contract';
import type { DecodeReply, DecodeRequest } from './decodeChild.ts';

/** Pictures of a batch as RGB uint8 NHWC; a fault by the index of its picture (whose pixels are zero). */
export type Decoded = { pixels: Uint8Array; faults: Map<number, string> };

/** Side lengths of the result. `exact`: a picture must have them; otherwise it is resized to cover them, centre kept. */
export type DecodeSize = { width: number; height: number; exact: boolean };

/** A decoder; `close` it. Several `decode` calls may be under way: they are answered in order. */
export type Decoder = { decode(pictures: Uint8Array[]): Promise<Decoded>; close(): void };

const batchLimitMs = 10_000;
const pictureLimitMs = 2_000;
const startLimitMs = 20_000;
const childFile = outsideArchive(fileURLToPath(new URL('./decodeChild.ts', import.meta.url)));

type Pending = { resolve(reply: DecodeReply): void; reject(error: Error): void; timer?: NodeJS.Timeout };
type Child = { ready: Promise<void>; ask(request: DecodeRequest, limitMs: number): Promise<DecodeReply>; kill(): void };

function startChild(): Child {
  const child: ChildProcess = fork(childFile, [], { execPath: process.env.VSGD_LAB_NODE ?? process.execPath, serialization: 'advanced', execArgv: ['--max-old-space-size=128', ...nodeFlags], env: childEnvironment(process.env), stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const pending: Pending[] = [];
  const fail = (error: Error): void => {
    child.kill('SIGKILL');
    for (const { reject, timer } of pending.splice(0)) { clearTimeout(timer); reject(error); }
  };
  const watch = (entry: Pending, limitMs: number): void => {
    entry.timer = setTimeout(() => fail(new Error(`it could not be decoded within ${limitMs / 1000} s`)), limitMs);
    pending.push(entry);
  };
  child.on('message', (reply) => {
    const entry = pending.shift();
    clearTimeout(entry?.timer);
    entry?.resolve(reply as DecodeReply);
  });
  child.on('error', fail);
  child.on('exit', (code, signal) => fail(new Error(`it killed the decoder (${signal ?? `exit code ${code}`})`)));
  const ready = new Promise<DecodeReply>((resolve, reject) => watch({ resolve, reject }, startLimitMs)).then(() => undefined);
  return {
    ready,
    ask: (request, limitMs) => new Promise((resolve, reject) => {
      watch({ resolve, reject }, limitMs);
      child.send(request, (error) => { if (error) fail(error); });
    }),
    kill: () => child.kill('SIGKILL'),
  };
}

/** Starts decoding to RGB pictures of `size`. The child ends with `close`, and with this process. */
export function createDecoder(size: DecodeSize): Decoder {
  const bytesPerPicture = size.width * size.height * 3;
  let child: Child | null = null;
  let closed = false;
  const ask = async (pictures: Uint8Array[], limitMs: number): Promise<DecodeReply> => {
    if (closed) throw new Error('the decoder is closed');
    child ??= startChild();
    const current = child;
    try {
      await current.ready;
      return await current.ask({ pictures, size }, limitMs);
    } catch (error) {
      if (child === current) child = null;
      throw error;
    }
  };
  const oneByOne = async (pictures: Uint8Array[]): Promise<Decoded> => {
    const result: Decoded = { pixels: new Uint8Array(pictures.length * bytesPerPicture), faults: new Map() };
    for (const [index, picture] of pictures.entries()) {
      const reply = await ask([picture], pictureLimitMs).catch((error: Error): DecodeReply => ({ pixels: new Uint8Array(bytesPerPicture), faults: [[0, error.message]] }));
      result.pixels.set(reply.pixels, index * bytesPerPicture);
      for (const [, fault] of reply.faults) result.faults.set(index, fault);
    }
    return result;
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    decode(pictures) {
      const answer = last.then(() => ask(pictures, batchLimitMs))
        .then(({ pixels, faults }): Decoded => ({ pixels, faults: new Map(faults) }), () => oneByOne(pictures));
      last = answer.catch(() => undefined); // its own caller hears of it
      return answer;
    },
    close() {
      closed = true;
      child?.kill();
      child = null;
    },
  };
}
