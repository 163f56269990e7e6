// A long job of a command, which Ctrl-C stops without a loss.

import { interruptSignal } from '../interrupt.ts';
import { Progress } from '../progress.ts';

/** What a job shows its progress on, and what tells it to stop. */
export interface InterruptibleContext {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Of a process that Ctrl-C ended. */
const EXIT_CODE = 130;

/**
 * Does a job until it ends or Ctrl-C is pressed; then says how to go on, and sets the exit code to 130.
 *
 * @param job gives null when the signal stopped it; it may throw the signal's reason as well.
 * @param goOnWith ends the sentence "Go on with", such as `: npm run …` or ` the same command.`
 * @returns the job's result; null when it was stopped.
 */
export async function untilInterrupted<Result>(
  job: (context: InterruptibleContext) => Promise<Result | null>,
  goOnWith: string,
): Promise<Result | null> {
  const progress = new Progress();
  const interrupt = interruptSignal(() => {
    progress.message('Stopping with a checkpoint after this step; Ctrl-C again ends at once, without one.');
  });
  try {
    const result = await job({ progress, signal: interrupt.signal });
    if (result !== null) return result;
  } catch (error) {
    if (!interrupt.signal.aborted || error !== interrupt.signal.reason) throw error;
  } finally {
    interrupt.release();
  }
  console.error(`Stopped; everything is kept. Go on with${goOnWith}`);
  process.exitCode = EXIT_CODE;
  return null;
}
