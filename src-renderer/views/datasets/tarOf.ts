// A folder as one tar file, for one transfer instead of thousands: POSIX ustar, read by whatever reads tar. Files are not read here, only lined up.
export type FolderFile = { path: string; file: File };
const block = 512;
const text = new TextEncoder();

/** Name and prefix of at most 100 and 155 bytes, parted at a slash. */
function partsOf(path: string): { name: Uint8Array; prefix: Uint8Array } {
  const bytes = text.encode(path);
  if (bytes.length <= 100) return { name: bytes, prefix: new Uint8Array() };
  const slash = bytes.findIndex((byte, at) => byte === 0x2f && at <= 155 && bytes.length - at - 1 <= 100);
  if (slash < 0) throw new Error(`The path ${path} is too long to be sent. Give the folder by its path, or shorten the name.`);
  return { name: bytes.subarray(slash + 1), prefix: bytes.subarray(0, slash) };
}

function headerOf({ path, file }: FolderFile): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(block);
  const put = (bytes: Uint8Array, at: number) => header.set(bytes, at);
  const octal = (value: number, digits: number, at: number) => put(text.encode(`${value.toString(8).padStart(digits, '0')}\0`), at);
  const { name, prefix } = partsOf(path);
  put(name, 0);
  octal(0o644, 7, 100);
  octal(0, 7, 108);
  octal(0, 7, 116);
  octal(file.size, 11, 124);
  octal(Math.floor(file.lastModified / 1000), 11, 136);
  put(text.encode('        '), 148); // the sum is made with blanks in its place
  put(text.encode('0'), 156);
  put(text.encode('ustar\u000000'), 257);
  put(prefix, 345);
  put(text.encode(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `), 148);
  return header;
}

/** The files of a folder as `NAME.tar`. @throws Error for a path that ustar cannot say */
export function tarOf(name: string, files: FolderFile[]): File {
  const parts = files.flatMap((one): (File | Uint8Array<ArrayBuffer>)[] => [headerOf(one), one.file, new Uint8Array((block - (one.file.size % block)) % block)]);
  return new File([...parts, new Uint8Array(2 * block)], `${name}.tar`);
}
