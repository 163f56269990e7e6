/** Stopping a run where a test wants it, as Ctrl-C would. */
import { Progress } from '@plumbline/training';
import { Writable } from 'node:stream';

export interface Stopped {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What to train with so that the signal is raised at the first progress line that `says` knows. */
export function stoppedWhen(says: (line: string) => boolean): Stopped {
  const controller = new AbortController();
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      if (says(String(chunk))) controller.abort();
      done();
    },
  });
  return { progress: new Progress({ stream, interval: 0 }), signal: controller.signal };
}
