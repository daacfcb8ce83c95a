// Archives that come in from the page, piece by piece, through whichever transport: begun, appended in order, imported, thrown away.
import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync, statfsSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LabError } from '#contract';
import type { Lab } from '../lab.ts';

type Upload = { name: string; size: number; received: number; file: string; handle: FileHandle; busy: boolean };

const prefix = 'upload-';
/** At most so many at a time, and so many bytes each. */
const most = 32;
export const largestUpload = 64 * 2 ** 30;

export class Uploads {
  readonly #lab: Lab;
  readonly #open = new Map<string, Upload>();

  /** Rests of an earlier process are thrown away: their pages are gone. */
  constructor(lab: Lab) {
    this.#lab = lab;
    for (const name of readdirSync(lab.home.downloads)) if (name.startsWith(prefix)) rmSync(join(lab.home.downloads, name), { recursive: true, force: true });
  }

  /** Makes room for a file of `size` bytes. @throws LabError CONFLICT where too many are open, DISK_FULL */
  async begin({ name, size }: { name: string; size: number }): Promise<string> {
    if (this.#open.size >= most) throw new LabError('CONFLICT', `${most} files are being sent already. Wait for one to end, or cancel it.`);
    const { bavail, bsize } = statfsSync(this.#lab.home.downloads);
    const expected = [...this.#open.values()].reduce((sum, upload) => sum + upload.size - upload.received, 0);
    if (size + expected > bavail * bsize) throw new LabError('DISK_FULL', `${name} needs ${size} bytes and the disk that holds ${this.#lab.home.downloads} has ${bavail * bsize} free. Free some space and try again.`);
    const id = randomUUID();
    const file = join(this.#lab.home.downloads, `${prefix}${id}`);
    this.#open.set(id, { name: basename(name.replaceAll('\\', '/')), size, received: 0, file, handle: await open(file, 'wx', 0o600), busy: false });
    return id;
  }

  #find(id: string): Upload {
    const found = this.#open.get(id);
    if (!found) throw new LabError('NOT_FOUND', 'This file is not on its way any more. Choose it again.');
    return found;
  }

  /** Appends bytes at `offset`, which must be where the file ends now; returns where it ends then. @throws LabError CONFLICT, NOT_FOUND, DISK_FULL */
  async append(id: string, { offset, bytes }: { offset: number; bytes: Uint8Array }): Promise<number> {
    const upload = this.#find(id);
    if (upload.busy || offset !== upload.received || offset + bytes.length > upload.size) throw new LabError('CONFLICT', `A piece of ${upload.name} came out of turn: at ${offset}, where ${upload.received} of ${upload.size} bytes are here. Choose the file again.`);
    upload.busy = true;
    try {
      await upload.handle.write(bytes, 0, bytes.length, offset);
      upload.received += bytes.length;
      return upload.received;
    } catch (cause) {
      await this.cancel(id);
      throw new LabError((cause as NodeJS.ErrnoException).code === 'ENOSPC' ? 'DISK_FULL' : 'INTERNAL', `${upload.name} could not be written: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    } finally {
      upload.busy = false;
    }
  }

  /** Ends an upload; the file is the caller's to import and to `discard`. @throws LabError CONFLICT where bytes are missing */
  async finish(id: string): Promise<{ name: string; file: string; discard(): void }> {
    const { name, size, received, file, handle } = this.#find(id);
    if (received !== size) throw new LabError('CONFLICT', `${name} is not whole: ${received} of ${size} bytes came.`);
    await handle.close();
    this.#open.delete(id);
    return { name, file, discard: () => rmSync(file, { force: true }) };
  }

  /** Throws an upload away. */
  async cancel(id: string): Promise<void> {
    const upload = this.#open.get(id);
    if (!upload) return;
    this.#open.delete(id);
    await upload.handle.close().catch(() => {}); // it is thrown away all the same
    rmSync(upload.file, { force: true });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((id) => this.cancel(id)));
  }
}
