import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RunFolder } from './run-folder.ts';
import { unfinishedRuns } from './unfinished-runs.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterEach(() => rm(root, { recursive: true }));

/** A run whose config.json, and checkpoint or metrics if named, are of that many seconds after 1970. */
async function begun(name: string, config: number, file?: string, seconds = config): Promise<RunFolder> {
  const run = await RunFolder.create(join(root, name), {}, {});
  await utimes(run.file('config.json'), config, config);
  if (file !== undefined) {
    await writeFile(run.file(file), '');
    await utimes(run.file(file), seconds, seconds);
  }
  return run;
}

it('finds what is unfinished, the one written to last first', async () => {
  await begun('begun', 300);
  await begun('measured', 10, 'metrics.jsonl', 400);
  await begun('saved', 20, 'checkpoints/last.safetensors', 500);
  await (await begun('finished', 900)).finish({});
  const busy = await begun('busy', 600);
  await writeFile(busy.file('running.json'), JSON.stringify({ process: process.ppid, machine: hostname() }));
  await mkdir(join(root, 'inspection'));
  await writeFile(join(root, 'notes.txt'), '');
  const found = await unfinishedRuns(root);
  expect(
    found.map(({ run, lastWrittenAt, workedOnBy }) => [
      basename(run.path),
      +lastWrittenAt / 1000,
      workedOnBy,
    ]),
  ).toEqual([
    ['busy', 600, process.ppid],
    ['saved', 500, null],
    ['measured', 400, null],
    ['begun', 300, null],
  ]);
});

it('finds none where there is no folder', async () => {
  expect(await unfinishedRuns(join(root, 'nothing'))).toEqual([]);
});
