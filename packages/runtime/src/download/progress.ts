/** Progress of a long transfer: a bar on a terminal, a line at every tenth elsewhere (log files, CI). */
import { Presets, SingleBar } from 'cli-progress';
import type { Say } from '../engine/say.ts';

export interface Progress {
  /** `total` is null while unknown. */
  update(done: number, total: number | null): void;
  stop(): void;
}

const MEGABYTE = 1e6;

/** When the transfer began, and how much was there already. */
interface Start {
  readonly time: number;
  readonly bytes: number;
}

/** "MB/s" over the time since `start`, counting only what came since. */
const speed = (bytes: number, start: number): string =>
  `${(bytes / MEGABYTE / Math.max((performance.now() - start) / 1000, 1e-3)).toFixed(1)} MB/s`;

/** What the rest takes at the speed since `start`. */
const left = ({ time, bytes }: Start, done: number, total: number): string =>
  `${Math.ceil(((performance.now() - time) / 1000 / (done - bytes)) * (total - done))} s left`;

function barOnTerminal(label: string): Progress {
  const bar = new SingleBar(
    {
      format: `${label} {bar} {percentage}% {value}/{total} MB, {speed}, {eta_formatted} left`,
      hideCursor: true,
      etaBuffer: 50,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  let start: Start | null = null;
  return {
    update(done, total) {
      const megabytes = Math.round(done / MEGABYTE);
      if (start === null) {
        start = { time: performance.now(), bytes: done };
        bar.start(Math.round((total ?? done) / MEGABYTE), megabytes, { speed: '' });
      }
      bar.update(megabytes, { speed: speed(done - start.bytes, start.time) });
    },
    stop: () => bar.stop(),
  };
}

/** For tests too: prints with `say`. */
export function progressLines(label: string, say: Say): Progress {
  let start: Start | null = null;
  let lastTenth = -1;
  return {
    update(done, total) {
      start ??= { time: performance.now(), bytes: done };
      const tenth = total === null ? Math.floor(done / (50 * MEGABYTE)) : Math.floor((10 * done) / total);
      if (tenth === lastTenth) return;
      lastTenth = tenth;
      const of = total === null ? '' : ` of ${Math.round(total / MEGABYTE)}`;
      const rest =
        total === null || done === start.bytes || done >= total ? '' : `, ${left(start, done, total)}`;
      say(
        `${label}: ${Math.round(done / MEGABYTE)}${of} MB, ${speed(done - start.bytes, start.time)}${rest}`,
      );
    },
    stop: () => undefined,
  };
}

export const showProgress = (label: string, say: Say): Progress =>
  process.stderr.isTTY ? barOnTerminal(label) : progressLines(label, say);
