/**
 * One preparation at a time per cache. The lock is a file with its holder's process and host; the holder touches it
 * every few seconds. It is stale when its process is gone, or (held from another host or container, where the process
 * cannot be looked up) when it was not touched for a while.
 *
 * The lock only spares double work: every result is renamed into place whole, so that even two holders do no harm.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

interface Holder {
  readonly token: string;
  readonly pid: number;
  readonly host: string;
}

export interface LockOptions {
  /** Called once when another process holds the lock. */
  onWait?(holder: string): void;
  signal?: AbortSignal | undefined;
  /** Age in milliseconds at which an untouched lock counts as abandoned. Default 60 000. */
  abandonedAfter?: number;
  /** Milliseconds between two looks at a held lock. Default 500. */
  pollEvery?: number;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

interface LockFile {
  /** Null while its holder is still writing it, or when it is damaged. */
  readonly holder: Holder | null;
  /** Milliseconds since it was last touched. */
  readonly age: number;
}

async function readLock(path: string): Promise<LockFile | null> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { holder: parseHolder(text), age: Date.now() - mtimeMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function parseHolder(text: string): Holder | null {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return null;
  }
}

/** False when there already is a lock. */
async function take(path: string, mine: Holder): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(mine), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a stale lock out of the way, and gives it back if another process had replaced it in the meantime. */
async function clearStale(path: string, stale: Holder | null): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  await rename(path, aside).catch(() => undefined);
  const moved = await readLock(aside);
  if (moved !== null && moved.holder?.token !== stale?.token) await rename(aside, path);
  await rm(aside, { force: true });
}

/** Runs `body` while holding the lock at `path`; waits for another holder, and takes over from one that died. */
export async function withLock<T>(
  path: string,
  body: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const mine: Holder = { token: randomUUID(), pid: process.pid, host: hostname() };
  const abandonedAfter = options.abandonedAfter ?? 60_000;
  await mkdir(dirname(path), { recursive: true });
  let told = false;
  while (!(await take(path, mine))) {
    options.signal?.throwIfAborted();
    const lock = await readLock(path);
    if (lock === null) continue;
    const { holder, age } = lock;
    const isDead = holder !== null && holder.host === mine.host && !isAlive(holder.pid);
    const isStale = isDead || age > abandonedAfter;
    if (isStale) {
      await clearStale(path, holder);
      continue;
    }
    if (!told && holder !== null) {
      options.onWait?.(`process ${holder.pid} on ${holder.host}`);
      told = true;
    }
    await sleep(options.pollEvery ?? 500, undefined, { signal: options.signal });
  }
  const touch = setInterval(() => {
    const now = new Date();
    void utimes(path, now, now).catch(() => undefined);
  }, abandonedAfter / 6);
  touch.unref();
  try {
    return await body();
  } finally {
    clearInterval(touch);
    if ((await readLock(path))?.holder?.token === mine.token) await rm(path, { force: true });
  }
}
