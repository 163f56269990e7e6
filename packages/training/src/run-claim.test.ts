import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { claimRun, releaseRun, workedOnBy } from './run-claim.ts';

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterEach(() => rm(path, { recursive: true }));

const folder = (): Parameters<typeof claimRun>[0] => ({ path, file: (name) => join(path, name) });
const claimOf = (process: number | undefined, machine = hostname()): Promise<void> =>
  writeFile(join(path, 'running.json'), JSON.stringify({ process, machine }));

it('is one process’s, which may say so again, until it is released', async () => {
  await claimRun(folder());
  await claimRun(folder());
  expect(await workedOnBy(folder())).toBe(null);
  await releaseRun(folder());
  expect(await readdir(path)).toEqual([]);
  await releaseRun(folder());
});

it('keeps others out while the process lives, and not afterwards', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await claimOf(other.pid);
  expect(await workedOnBy(folder())).toBe(other.pid);
  await expect(claimRun(folder())).rejects.toThrow(
    `The run in ${path} is being worked on by process ${other.pid}: wait for it or stop it; ` +
      `if that process is something else, delete ${join(path, 'running.json')}.`,
  );
  other.kill('SIGKILL');
  await once(other, 'exit');
  expect(await workedOnBy(folder())).toBe(null);
  await claimRun(folder());
});

it('knows nothing of processes of other machines', async () => {
  await claimOf(process.ppid, 'elsewhere');
  expect(await workedOnBy(folder())).toBe(null);
});
