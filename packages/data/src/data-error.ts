/**
 * Something is wrong with the user's data or disk, not with the program. The message is one whole sentence that
 * names the file, what was found, what was wanted and what to do, so it can be shown without a stack trace.
 */
export class DataError extends Error {
  override readonly name = 'DataError';
}

/** The first line of whatever a library threw, without a trailing full stop, to quote inside a sentence. */
export function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] ?? '').trim().replace(/\.+$/, '');
}

/** The code of a file system error, such as "ENOENT" or "ENOSPC"; undefined for any other error. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
