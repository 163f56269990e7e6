import { readFile } from 'node:fs/promises';
import { DataError, errorCode, reason } from './data-error.ts';

/** There is no such file. */
export class MissingFileError extends DataError {}

/**
 * The whole of a file.
 *
 * @throws DataError when it is missing or unreadable.
 */
export async function readBytes(path: string, kind: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      throw new MissingFileError(
        `${kind} ${path} does not exist: put it there, or take it out of the list that names it.`,
        {
          cause: error,
        },
      );
    }
    throw new DataError(
      `${kind} ${path} could not be read (${reason(error)}): check its permissions and the disk.`,
      {
        cause: error,
      },
    );
  }
}
