import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './lock.ts';
import { runCommand } from './run-command.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-lock-'));
  path = join(folder, 'engine.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const held = (pid: number, host = hostname()): void =>
  writeFileSync(path, JSON.stringify({ token: 'other', pid, host }));

describe('withLock', () => {
  it('holds the lock with its process while the body runs, and gives it back', async () => {
    const holder = await withLock(
      path,
      async () => JSON.parse(readFileSync(path, 'utf8')) as { pid: number },
    );
    expect(holder.pid).toBe(process.pid);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives the lock back when the body fails', async () => {
    await expect(withLock(path, () => Promise.reject(new Error('full disk')))).rejects.toThrow('full disk');
    expect(existsSync(path)).toBe(false);
  });

  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const visit = () =>
      withLock(
        path,
        async () => {
          most = Math.max(most, ++inside);
          await sleep(5);
          inside--;
        },
        { pollEvery: 2 },
      );
    await Promise.all(Array.from({ length: 6 }, visit));
    expect(most).toBe(1);
  });

  it('takes over from a process that is gone', async () => {
    const { stdout } = await runCommand(process.execPath, ['-p', 'process.pid']);
    held(Number(stdout));
    expect(await withLock(path, async () => 'done')).toBe('done');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('waits for a living holder, says for whom once, and can be interrupted', async () => {
    held(process.pid);
    const told: string[] = [];
    const interruption = new AbortController();
    setTimeout(() => interruption.abort(), 60);
    const options = {
      onWait: (holder: string) => told.push(holder),
      pollEvery: 5,
      signal: interruption.signal,
    };
    await expect(withLock(path, async () => 'done', options)).rejects.toThrow();
    expect(told).toEqual([`process ${process.pid} on ${hostname()}`]);
    expect(existsSync(path)).toBe(true);
  });

  it('takes over from another host only when the lock was not touched for long', async () => {
    held(1, 'elsewhere');
    const old = new Date(Date.now() - 120_000);
    utimesSync(path, old, old);
    expect(await withLock(path, async () => 'done')).toBe('done');
  });

  it('takes over a damaged lock only when it is old', async () => {
    writeFileSync(path, '{');
    const old = new Date(Date.now() - 120_000);
    utimesSync(path, old, old);
    expect(await withLock(path, async () => 'done')).toBe('done');
  });
});
