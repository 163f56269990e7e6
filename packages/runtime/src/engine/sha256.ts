/** Digests of whole files. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** SHA-256 of a file, in lower-case hex. */
export async function sha256Of(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(
    createReadStream(file, { highWaterMark: 1 << 20 }),
    hash,
    signal === undefined ? {} : { signal },
  );
  return hash.digest('hex');
}

/** Deletes `file` and throws when its digest is not `sha256`: what is not the pinned file is never used. */
export async function requireSha256(file: string, sha256: string, signal?: AbortSignal): Promise<void> {
  const got = await sha256Of(file, signal);
  if (got === sha256) return;
  await rm(file, { force: true });
  throw new Error(
    `${file} had SHA-256 ${got}, wanted ${sha256}; it was deleted, as it is not the pinned file.`,
  );
}
