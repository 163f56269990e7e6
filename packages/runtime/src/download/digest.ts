/** Digests of whole files. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** What a file is known by; MD5 only where its publisher gives nothing better. */
export interface Digest {
  readonly algorithm: 'sha256' | 'md5';
  /** In lower case. */
  readonly hex: string;
}

const NAMES = { sha256: 'SHA-256', md5: 'MD5' } as const;

/** The digest of a file, in lower-case hex. */
export async function digestOf(
  file: string,
  algorithm: Digest['algorithm'],
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(
    createReadStream(file, { highWaterMark: 1 << 20 }),
    hash,
    signal === undefined ? {} : { signal },
  );
  return hash.digest('hex');
}

/** Deletes `file` and throws when its digest is another: what is not the pinned file is never used. */
export async function requireDigest(
  file: string,
  { algorithm, hex }: Digest,
  signal?: AbortSignal,
): Promise<void> {
  const got = await digestOf(file, algorithm, signal);
  if (got === hex) return;
  await rm(file, { force: true });
  throw new Error(
    `${file} had ${NAMES[algorithm]} ${got}, wanted ${hex}; it was deleted, as it is not the pinned file.`,
  );
}
