/** Progress of a pass over files, with the time it will still take; needs no engine. */
export interface CountProgressOptions {
  /** Default: standard error, so that results can be piped. */
  stream?: NodeJS.WritableStream & { isTTY?: boolean };
  /** A clock in milliseconds. */
  now?: () => number;
}

/** Seconds between two lines where there is no terminal, and between two changes of the line where there is one. */
const INTERVAL = { plain: 10, terminal: 0.1 };

/** A function that is told how much is done: `412/1015 images (41 %), 7 s left`. */
export function countProgress(
  what: string,
  { stream = process.stderr, now = () => performance.now() }: CountProgressOptions = {},
): (done: number, total: number) => void {
  const start = now();
  let last = -Infinity;
  return (done, total) => {
    const isLast = done === total;
    const interval = stream.isTTY === true ? INTERVAL.terminal : INTERVAL.plain;
    // The first few say nothing about the rest: threads are still starting.
    const tooSoon = (now() - Math.max(last, start)) / 1000 < interval;
    if (!isLast && tooSoon) return;
    last = now();
    const seconds = (now() - start) / 1000;
    const time = isLast
      ? `in ${seconds.toFixed(1)} s`
      : `${Math.ceil((seconds / done) * (total - done))} s left`;
    const line = `${done}/${total} ${what} (${Math.floor((100 * done) / total)} %), ${time}`;
    if (stream.isTTY === true) stream.write(`\r\x1b[2K${line}${isLast ? '\n' : ''}`);
    else stream.write(`${line}\n`);
  };
}
