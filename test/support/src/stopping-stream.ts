import { Writable } from 'node:stream';

/** A stream to show progress on, and a signal that is raised at the first line that `says` knows, as Ctrl-C would. */
export function stoppingStream(says: (line: string) => boolean): { stream: Writable; signal: AbortSignal } {
  const controller = new AbortController();
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      if (says(String(chunk))) controller.abort();
      done();
    },
  });
  return { stream, signal: controller.signal };
}
