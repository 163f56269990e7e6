/** Gets the pinned wheel: one already there, else a resumable download, else pip's own. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf, requireDigest } from '../download/digest.ts';
import { download } from '../download/download.ts';
import { showProgress } from '../download/progress.ts';
import type { EngineCache } from './cache.ts';
import { downloadByPip, findPip, locateWheel, PIP_MENDING } from './pip.ts';
import type { Say } from './say.ts';
import { TENSORFLOW_VERSION, type Wheel } from './wheels.ts';

export interface AcquireOptions {
  readonly cache: EngineCache;
  readonly say: Say;
  readonly signal?: AbortSignal | undefined;
  /** A wheel that the user already has, for machines without a network. */
  readonly wheelFile?: string | undefined;
}

/** Node's `fetch` knows no proxies before Node 24; pip does. */
const needsProxy = (env: NodeJS.ProcessEnv): boolean =>
  ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].some((name) => Boolean(env[name]));

/** A file that is not ours: checked, used where it lies, never deleted. */
async function checkForeignFile(
  path: string,
  wheel: Wheel,
  signal: AbortSignal | undefined,
): Promise<string> {
  const file = resolve(path);
  if (!existsSync(file)) throw new Error(`there is no file ${file}; give the path of ${wheel.filename}`);
  const got = await digestOf(file, 'sha256', signal);
  if (got === wheel.sha256) return file;
  throw new Error(`${file} is not ${wheel.filename}: its SHA-256 is ${got}, wanted ${wheel.sha256}`);
}

/**
 * @returns the path of the verified wheel.
 * @throws one sentence when no way works or the digest is wrong.
 */
export async function acquireWheel(wheel: Wheel, options: AcquireOptions): Promise<string> {
  const { cache, say, signal, wheelFile } = options;
  if (wheelFile !== undefined) return checkForeignFile(wheelFile, wheel, signal);
  const file = join(cache.downloads, wheel.filename);
  const digest = { algorithm: 'sha256', hex: wheel.sha256 } as const;
  await mkdir(cache.downloads, { recursive: true });
  if (existsSync(file)) {
    await requireDigest(file, digest, signal);
    return file;
  }
  const pip = await findPip(signal);
  if (pip === null) throw new Error(`finding the wheel ${wheel.filename} needs pip; ${PIP_MENDING}`);
  const url = await locateWheel(pip, wheel, signal);
  if (url?.protocol === 'file:') return checkForeignFile(fileURLToPath(url), wheel, signal);
  if (url !== null && !needsProxy(process.env)) {
    const progress = showProgress(`Downloading ${wheel.project} ${TENSORFLOW_VERSION}`, say);
    try {
      await download({ url: url.href, file, digest }, { onProgress: progress.update, signal });
      return file;
    } catch (error) {
      signal?.throwIfAborted();
      say(`${(error as Error).message} Trying pip's own download.`);
    } finally {
      progress.stop();
    }
  }
  await downloadByPip(pip, wheel, file, signal);
  await requireDigest(file, digest, signal);
  return file;
}
