// A folder that a page sent: it comes as a tar file, for one transfer is quicker than thousands.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '#contract';
import { unpackPlainTar } from '#datasets';

/** Unpacks regular files and folders beside the tar file, nothing outside; `path` is the folder in it. @throws LabError DATASET_DAMAGED */
export async function unpackFolder(file: string): Promise<{ path: string; discard(): void }> {
  const place = `${file}-folder`;
  const discard = () => rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { mode: 0o700 });
  try {
    const refused = await unpackPlainTar(file, place, () => true); // what leads outside is an error of its own
    if (refused !== null) throw new Error(`it holds ${refused}, which is no file of a folder`);
    const [name, ...others] = readdirSync(place);
    if (name === undefined || others.length > 0) throw new Error(`it holds ${others.length + (name === undefined ? 0 : 1)} entries at its top, not one folder`);
    return { path: join(place, name), discard };
  } catch (cause) {
    discard();
    throw new LabError('DATASET_DAMAGED', `The folder did not come as it was sent: ${cause instanceof Error ? cause.message : String(cause)}. Send it again, or import it by its path.`, { cause });
  }
}
