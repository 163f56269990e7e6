// Files that are either the old one or the new one, never half of it.
//
// The new content goes to a file beside the target, is forced to the disk, and takes the target's name in one
// step. A full disk, a crash or a kill leaves the previous file as it was.

import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Content in pieces, so that a checkpoint need not exist twice in memory. */
export type FileContent = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes `content` to `path`, creating its folder if needed.
 *
 * @throws with one sentence that names the file if it cannot be written; the previous file is then intact.
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.partial`);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'w');
    try {
      for await (const piece of pieces(content)) await writeAll(file, piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(error, path);
  }
}

function pieces(content: FileContent): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof content === 'string') return [new TextEncoder().encode(content)];
  return content instanceof Uint8Array ? [content] : content;
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.byteLength;)
    offset += (await file.write(bytes, offset, bytes.byteLength - offset)).bytesWritten;
}

/** Makes the new name itself survive a power cut; systems that cannot sync a folder are let off. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space or choose another run folder',
  EDQUOT: 'your disk quota is used up; free some space or choose another run folder',
  EFBIG:
    'the file is larger than a limit of the file system or of your session (ulimit -f); choose a run folder elsewhere, or raise the limit',
  EACCES: 'you have no permission to write there; choose a folder of your own',
  EPERM: 'you have no permission to write there; choose a folder of your own',
  EROFS: 'that file system is read-only; choose another run folder',
  ENOTDIR: 'a part of the path is a file, not a folder; choose another run folder',
  EEXIST: 'a part of the path is a file, not a folder; choose another run folder',
  EISDIR: 'there is a folder of that name; remove it or choose another run folder',
  EIO: 'the disk reported an input/output error; choose a run folder on another disk',
};

/** Turns a failed write into one sentence with the file and a way out; anything that is no file error passes as it is. */
export function fileError(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : null;
  if (code === null) return error;
  return new Error(`Could not write ${path}: ${reasons[code] ?? `the system said ${code}`}.`, {
    cause: error,
  });
}
