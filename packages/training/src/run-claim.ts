// Which process works on a run, so that no second one does: two would write each other's checkpoints and metrics.
//
// While a run is worked on, its folder holds running.json. A process that was killed leaves it behind; it counts no
// more once there is no such process on that machine. Of a process on another machine nothing can be known.

import { readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { writeFileAtomic } from './atomic-file.ts';

const FILE = 'running.json';

interface Claim {
  readonly process: number;
  readonly machine: string;
}

/** What a claim needs of a run folder. */
interface Folder {
  readonly path: string;
  readonly file: (name: string) => string;
}

/** The number of the other process on this machine that works on the run; null if there is none. */
export async function workedOnBy({ file }: Folder): Promise<number | null> {
  const text = await readFile(file(FILE), 'utf8').catch(() => null);
  if (text === null) return null;
  const claim = JSON.parse(text) as Claim;
  const isAnother = claim.machine === hostname() && claim.process !== process.pid;
  return isAnother && isAlive(claim.process) ? claim.process : null;
}

/**
 * Says that this process works on the run.
 *
 * @throws with one sentence if another does.
 */
export async function claimRun(folder: Folder): Promise<void> {
  const other = await workedOnBy(folder);
  if (other !== null)
    throw new Error(
      `The run in ${folder.path} is being worked on by process ${other}: wait for it or stop it; ` +
        `if that process is something else, delete ${folder.file(FILE)}.`,
    );
  const claim: Claim = { process: process.pid, machine: hostname() };
  await writeFileAtomic(folder.file(FILE), `${JSON.stringify(claim)}\n`);
}

/** Says that it does no longer. */
export const releaseRun = ({ file }: Folder): Promise<void> => rm(file(FILE), { force: true });

function isAlive(id: number): boolean {
  try {
    // Signal 0 only asks.
    process.kill(id, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
