// Which process works on a run, so that no second one does: two would write each other's checkpoints and metrics.
//
// While a run is worked on, its folder holds running.json. A process that was killed leaves it behind; it counts no
// more once there is no such process on that machine. Of a process on another machine nothing can be known.

import { link, readFile, rename, rm } from 'node:fs/promises';
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
  const claim = await readClaim(file(FILE));
  if (claim === null) return null;
  const isAnother = claim.machine === hostname() && !isOwn(claim);
  return isAnother && isAlive(claim.process) ? claim.process : null;
}

/** Another process works on the run. */
export class RunBusyError extends Error {
  override readonly name = 'RunBusyError';
}

/**
 * Says that this process works on the run.
 *
 * @throws with one sentence if another does (RunBusyError), or the folder cannot be written.
 */
export async function claimRun(folder: Folder): Promise<void> {
  const path = folder.file(FILE);
  await refuseBusy(folder);
  const before = await readClaim(path);
  if (before !== null && isOwn(before)) return;
  if (await createClaim(path)) return;
  // A killed process left it behind, or one of another machine; or another was faster just now.
  await refuseBusy(folder);
  await rm(path, { force: true });
  if (await createClaim(path)) return;
  throw new RunBusyError(
    `Another process has just begun to work on the run in ${folder.path}: wait for it or stop it.`,
  );
}

async function refuseBusy(folder: Folder): Promise<void> {
  const other = await workedOnBy(folder);
  if (other === null) return;
  throw new RunBusyError(
    `The run in ${folder.path} is being worked on by process ${other}: wait for it or stop it; ` +
      `if that process is something else, delete ${folder.file(FILE)}.`,
  );
}

/** False where there is one already: of two processes that begin at the same moment only one gives its file the name. */
async function createClaim(path: string): Promise<boolean> {
  const claim: Claim = { process: process.pid, machine: hostname() };
  const own = `${path}.${process.pid}`;
  await writeFileAtomic(own, `${JSON.stringify(claim)}\n`);
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    // A file system where a file has one name.
    await rename(own, path);
    return true;
  } finally {
    await rm(own, { force: true });
  }
}

/** Null where there is none, or one that was cut short by a crash or a full disk. */
async function readClaim(path: string): Promise<Claim | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Claim;
  } catch {
    return null;
  }
}

/** Says that it does no longer. */
export const releaseRun = ({ file }: Folder): Promise<void> => rm(file(FILE), { force: true });

const isOwn = (claim: Claim): boolean => claim.machine === hostname() && claim.process === process.pid;

function isAlive(id: number): boolean {
  try {
    // Signal 0 only asks.
    process.kill(id, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
