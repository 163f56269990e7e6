// The files of a tar archive, plain or gzipped, one after another as they lie in it.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { DataError, reason } from '../data-error.ts';

export interface TarOptions {
  /** Whether a file is to be read; others are passed over. Links, folders and devices are never asked about. */
  wanted(name: string, bytes: number): boolean | Promise<boolean>;
  /** Bytes of the archive so far, and all of them. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface TarFile {
  /** As the archive spells it, with folders; nothing keeps it from being absolute or full of "..". */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads through an archive once.
 *
 * @throws DataError when the archive is missing, truncated, damaged or no tar.
 */
export async function* tarFiles(
  archive: string,
  { wanted, onProgress }: TarOptions,
): AsyncGenerator<TarFile> {
  const found = await stat(archive).catch(() => null);
  if (found === null) throw new DataError(`There is no archive ${archive}: check its path.`);
  if (!found.isFile())
    throw new DataError(`${archive} is no file: pass the archive itself, not yet unpacked.`);
  const source = createReadStream(archive, { highWaterMark: 1 << 20 });
  const entries = extract();
  const reading = (await isGzip(archive))
    ? pipeline(source, createGunzip(), entries)
    : pipeline(source, entries);
  // Of what goes wrong on the way, the loop below may see a consequence only.
  const failed = reading.catch((error: unknown) => error);
  try {
    for await (const entry of entries) {
      onProgress?.(source.bytesRead, found.size);
      const { name, type, size } = entry.header;
      if (type === 'file' && (await wanted(name, size))) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of entry) chunks.push(chunk as Uint8Array);
        yield { name, bytes: Buffer.concat(chunks) };
      } else {
        entry.resume();
      }
    }
    await reading;
    onProgress?.(found.size, found.size);
  } catch (error) {
    if (error instanceof DataError) throw error;
    const cause = (await failed) ?? error;
    throw new DataError(
      `The archive ${archive} could not be read to its end (${reason(cause)}): it is truncated, damaged or no tar archive; fetch it again.`,
      { cause },
    );
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}
