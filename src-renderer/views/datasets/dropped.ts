// What was dropped on the page: a folder's files, however deep.
import type { FolderFile } from './tarOf.ts';

const entriesOf = (folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> => {
  const reader = folder.createReader();
  const read = (): Promise<FileSystemEntry[]> => new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
  const all = async (): Promise<FileSystemEntry[]> => { const some = await read(); return some.length === 0 ? [] : [...some, ...(await all())]; }; // browsers give a hundred at a time
  return all();
};

/** All files below a dropped folder, with their paths from it on. */
export async function filesBelow(entry: FileSystemEntry): Promise<FolderFile[]> {
  if (entry.isFile) return [{ path: entry.fullPath.slice(1), file: await new Promise<File>((resolve, reject) => { (entry as FileSystemFileEntry).file(resolve, reject); }) }];
  const found: FolderFile[] = [];
  for (const inner of await entriesOf(entry as FileSystemDirectoryEntry)) found.push(...(await filesBelow(inner)));
  return found;
}
