// Which runs under a folder can be gone on with.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { workedOnBy } from './run-claim.ts';
import { RunFolder } from './run-folder.ts';

export interface UnfinishedRun {
  readonly run: RunFolder;
  /** When it last wrote a checkpoint or a measurement, or was begun. */
  readonly lastWrittenAt: Date;
  /** The process that works on it now; null if none does. */
  readonly workedOnBy: number | null;
}

/** The unfinished runs whose folders lie in `root`, the one written to last first; none if there is no such folder. */
export async function unfinishedRuns(root: string): Promise<UnfinishedRun[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
  const found = await Promise.all(folders.map(({ name }) => unfinished(join(root, name))));
  return found
    .filter((run) => run !== null)
    .sort((a, b) => b.lastWrittenAt.getTime() - a.lastWrittenAt.getTime());
}

async function unfinished(path: string): Promise<UnfinishedRun | null> {
  const run = await RunFolder.open(path).catch(() => null);
  if (run === null || (await run.isFinished())) return null;
  const files = [run.lastCheckpoint, run.file('metrics.jsonl'), run.file('config.json')];
  const times = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return { run, lastWrittenAt: new Date(Math.max(...times)), workedOnBy: await workedOnBy(run) };
}
