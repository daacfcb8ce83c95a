// Reads exact numbers of bytes from a stream of chunks.

/** A stream of bytes that is read in pieces of known length. */
export type ByteReader = {
  /** Exactly `length` bytes (a view; copy what is kept), or null when the stream ends before. */
  take(length: number): Promise<Buffer | null>;
  /** Between 1 and `limit` bytes; null at the end. */
  some(limit: number): Promise<Buffer | null>;
  /** Lets go of the stream before its end. */
  close(): Promise<void>;
};

/** Reads from `chunks`; holds no more than what one `take` asks for plus one chunk. */
function createByteReader(chunks: AsyncIterable<Buffer>): ByteReader {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const refill = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const next = await iterator.next();
      if (next.done) return false;
      rest = next.value;
    }
    return true;
  };
  const some = async (limit: number): Promise<Buffer | null> => {
    if (!(await refill())) return null;
    const part = rest.subarray(0, limit);
    rest = rest.subarray(part.length);
    return part;
  };
  const take = async (length: number): Promise<Buffer | null> => {
    const parts: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      const part = await some(missing);
      if (part === null) return null;
      parts.push(part);
      missing -= part.length;
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  };
  const close = async (): Promise<void> => { await iterator.return?.(); };
  return { take, some, close };
}

/** What `use` makes of a reader over `chunks`; the stream is let go of whatever happens. */
export async function withByteReader<T>(chunks: AsyncIterable<Buffer>, use: (reader: ByteReader) => Promise<T>): Promise<T> {
  const reader = createByteReader(chunks);
  try {
    return await use(reader);
  } finally {
    await reader.close();
  }
}
