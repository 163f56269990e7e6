import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DataError, errorCode, reason } from './data-error.ts';

/**
 * Writes a file so that its name only ever stands for the whole of it: into a temporary neighbour first, then renamed.
 * Makes the folder when there is none.
 *
 * @throws DataError when the disk is full or the folder cannot be written; a file that stood there before is untouched.
 */
export async function atomicWrite(path: string, bytes: Uint8Array): Promise<void> {
  await atomically(path, (temporary) => writeFile(temporary, bytes));
}

/**
 * As `atomicWrite`, for a file that comes in pieces: `fill` writes all of it under the name that it is given.
 *
 * @throws DataError when the disk is full or the folder cannot be written, and whatever else `fill` throws.
 */
export async function atomically(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  // One name, so that what a killed process left is overwritten and never piles up.
  const temporary = join(dirname(path), `.${basename(path)}.partial`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await fill(temporary);
    const file = await open(temporary, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (errorCode(error) === undefined) throw error;
    throw new DataError(`${path} could not be written (${reason(error)}): ${remedy(errorCode(error))}.`, {
      cause: error,
    });
  }
}

function remedy(code: string | undefined): string {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'free some space on that disk and run again';
  return 'choose a folder that can be written';
}
