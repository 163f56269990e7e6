// A run's work in its folder, with all that it opened given back however it ends.

import { releaseRun } from '../run-claim.ts';
import { RunFolder } from '../run-folder.ts';
import { openUnfinished } from './resume.ts';

/** What must be given back at the end, the last first. */
export interface CleanUp {
  readonly always: (() => unknown)[];
  /** What else belongs to the caller. */
  readonly onError: (() => unknown)[];
}

/**
 * Does `work` with a run that is to go on, claimed for this process before anything is read and built, which takes its time; or
 * with null, for a new one in `folder`.
 *
 * @throws with one sentence if the folder is used already, holds no unfinished run, or another process works on it; and what `work`
 *   throws.
 */
export async function inRunFolder<T>(
  { folder, resume }: { folder: string; resume: boolean },
  work: (unfinished: RunFolder | null, cleanUp: CleanUp) => Promise<T>,
): Promise<T> {
  const cleanUp: CleanUp = { always: [], onError: [] };
  try {
    if (!resume) await RunFolder.refuseUsed(folder);
    const unfinished = resume ? await openUnfinished(folder) : null;
    if (unfinished !== null) cleanUp.always.push(() => releaseRun(unfinished));
    return await work(unfinished, cleanUp);
  } catch (error) {
    for (const dispose of cleanUp.onError) dispose();
    throw error;
  } finally {
    for (const release of cleanUp.always.reverse()) await release();
  }
}
