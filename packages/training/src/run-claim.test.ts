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

it('is one process’s where several begin at the same moment', async () => {
  const source = new URL('./run-claim.ts', import.meta.url).href;
  const code = `
    const { claimRun } = await import(${JSON.stringify(source)});
    const at = ${JSON.stringify(path)};
    process.stdin.resume();
    process.send('ready');
    process.once('message', () =>
      claimRun({ path: at, file: (name) => at + '/' + name }).then(
        () => process.send('claimed'),
        (error) => process.send(error.message),
      ));`;
  const others = [1, 2, 3].map(() =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
      stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
    }),
  );
  try {
    await Promise.all(others.map((other) => once(other, 'message')));
    const answers = others.map((other) => once(other, 'message'));
    for (const other of others) other.send('go');
    const said = (await Promise.all(answers)).map(([answer]) => String(answer));
    expect(said.filter((answer) => answer === 'claimed')).toHaveLength(1);
    expect(
      said.filter((answer) => /is being worked on by process|has just begun to work on/.test(answer)),
    ).toHaveLength(2);
  } finally {
    for (const other of others) other.kill('SIGKILL');
  }
  expect(await readdir(path)).toEqual(['running.json']);
});

it('goes on where a crash has left a file without content', async () => {
  await writeFile(join(path, 'running.json'), '');
  expect(await workedOnBy(folder())).toBe(null);
  await claimRun(folder());
});
