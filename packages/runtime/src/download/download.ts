/**
 * One file over HTTP, resumable: bytes go to `<file>.part`, a later call asks only for the rest, and the file takes its
 * name when its digest is right. Interrupting it leaves the `.part` and nothing else.
 */
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Digest, requireDigest } from './digest.ts';

export interface DownloadRequest {
  readonly url: string;
  /** Where the finished file goes. */
  readonly file: string;
  readonly digest: Digest;
}

export interface DownloadOptions {
  /** Bytes so far, those of an earlier call included, and all of them (null when the server does not say). */
  onProgress?(received: number, total: number | null): void;
  signal?: AbortSignal | undefined;
  /** Attempts in a row that may bring nothing new before giving up. Default 4. */
  fruitlessAttempts?: number;
  /** Milliseconds without a byte after which the connection counts as lost. Default 30 000. */
  stallMilliseconds?: number;
  /** Milliseconds before the second attempt; doubles each time. Default 1000. */
  firstPauseMilliseconds?: number;
}

const sizeOf = async (file: string): Promise<number> => (await stat(file).catch(() => null))?.size ?? 0;

/** An answer that asking again will not change. */
class Refused extends Error {}

/** The whole length from "bytes 100-199/200". */
const lengthFromContentRange = (value: string | null): number | null => {
  const digits = /\/(\d+)$/.exec(value ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
};

const REQUESTED_RANGE_NOT_SATISFIABLE = 416;
const PARTIAL_CONTENT = 206;

/** One request; appends what comes. Resolves when the answer was received to its end. */
async function fetchOnce(url: string, part: string, options: DownloadOptions): Promise<void> {
  const have = await sizeOf(part);
  const stall = new AbortController();
  const signals = [stall.signal, ...(options.signal === undefined ? [] : [options.signal])];
  const lost = (): void => stall.abort(new Error('the connection brought nothing any more'));
  let timer = setTimeout(lost, options.stallMilliseconds ?? 30_000);
  try {
    const response = await fetch(url, {
      // Packed for the way, bytes would be others than the file's, and a rest would not fit what is there.
      headers: { 'accept-encoding': 'identity', ...(have > 0 ? { range: `bytes=${have}-` } : {}) },
      signal: AbortSignal.any(signals),
    });
    if (response.status === REQUESTED_RANGE_NOT_SATISFIABLE) {
      await response.body?.cancel();
      // Nothing is left to ask for when the part is whole; otherwise it belongs to some other file.
      if (lengthFromContentRange(response.headers.get('content-range')) === have) return;
      await rm(part, { force: true });
      throw new Error('the partial download did not fit the file on the server; starting over');
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      const message = `the server answered ${response.status} ${response.statusText}`.trimEnd();
      throw response.status >= 500 || response.status === 429 ? new Error(message) : new Refused(message);
    }
    const encoding = response.headers.get('content-encoding') ?? 'identity';
    if (encoding !== 'identity') {
      await response.body.cancel();
      throw new Refused(`the server sends the file as ${encoding}, which fetch would unpack`);
    }
    const resumed = response.status === PARTIAL_CONTENT;
    let received = resumed ? have : 0;
    const length = response.headers.get('content-length');
    const total = length === null ? null : received + Number(length);
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        received += chunk.length;
        clearTimeout(timer);
        timer = setTimeout(lost, options.stallMilliseconds ?? 30_000);
        options.onProgress?.(received, total);
        done(null, chunk);
      },
    });
    await pipeline(
      Readable.fromWeb(response.body),
      count,
      createWriteStream(part, { flags: resumed ? 'a' : 'w' }),
    );
    if (total !== null && received < total) throw new Error('the connection ended early');
  } finally {
    clearTimeout(timer);
  }
}

const describe = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
};

/**
 * @throws when the server refuses, when several attempts in a row bring nothing, when `signal` aborts (all of these
 *   keep the `.part`), or when the digest is wrong (which deletes it).
 */
export async function download(request: DownloadRequest, options: DownloadOptions = {}): Promise<void> {
  const { url, file, digest } = request;
  const part = `${file}.part`;
  await mkdir(dirname(file), { recursive: true });
  let fruitless = 0;
  for (;;) {
    const before = await sizeOf(part);
    try {
      await fetchOnce(url, part, options);
      break;
    } catch (error) {
      options.signal?.throwIfAborted();
      const isLocal =
        'code' in (error as object) &&
        ['ENOSPC', 'EACCES', 'EROFS'].includes(String((error as NodeJS.ErrnoException).code));
      fruitless = (await sizeOf(part)) > before ? 0 : fruitless + 1;
      if (error instanceof Refused || isLocal || fruitless >= (options.fruitlessAttempts ?? 4)) {
        throw new Error(`Downloading ${url} to ${part} stopped: ${describe(error)}.`);
      }
      await sleep((options.firstPauseMilliseconds ?? 1000) * 2 ** fruitless, undefined, {
        signal: options.signal,
      });
    }
  }
  await requireDigest(part, digest, options.signal);
  await rename(part, file);
}
