/** Stopping a run where a test wants it, as Ctrl-C would. */
import { stoppingStream } from '@plumbline/test-support';
import { Progress } from '@plumbline/training';

export interface Stopped {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What to train with so that the signal is raised at the first progress line that `says` knows. */
export function stoppedWhen(says: (line: string) => boolean): Stopped {
  const { stream, signal } = stoppingStream(says);
  return { progress: new Progress({ stream, interval: 0 }), signal };
}
