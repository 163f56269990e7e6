// What a person sees while training: one line that changes in place on a terminal, a line now and then elsewhere.

import { formatDuration } from './format.ts';
import type { TrainRecord } from './train-loop.ts';

export interface ProgressOptions {
  /** Default: standard error, so that results can be piped. */
  stream?: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  /** Seconds between two lines where there is no terminal. Default 30. */
  interval?: number;
  /** A clock in milliseconds. */
  now?: () => number;
}

export class Progress {
  private readonly stream: NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
  private readonly interval: number;
  private readonly now: () => number;
  private last = -Infinity;
  private isLineOpen = false;

  constructor({
    stream = process.stderr,
    interval = 30,
    now = (): number => performance.now(),
  }: ProgressOptions = {}) {
    this.stream = stream;
    this.interval = interval;
    this.now = now;
  }

  /** @param before what the line begins with, for example which of several runs this is. */
  update(record: TrainRecord, before = ''): void {
    this.show(`${before}${progressLine(record)}`, record.step === record.totalSteps);
  }

  /** `12/325 images` of a pass over a data set. */
  count(done: number, total: number, what: string): void {
    this.show(`${done}/${total} ${what}`, done === total);
    if (done === total) this.end();
  }

  /** A line of its own that stays, for example an evaluation's result. */
  message(text: string): void {
    this.end();
    this.stream.write(`${text}\n`);
  }

  /** Keeps the current line and goes to the next. */
  end(): void {
    if (this.isLineOpen) this.stream.write('\n');
    this.isLineOpen = false;
  }

  private show(line: string, isLast: boolean): void {
    if (this.stream.isTTY === true) {
      const columns = this.stream.columns ?? 80;
      this.stream.write(`\r\x1b[2K${line.slice(0, columns - 1)}`);
      this.isLineOpen = true;
      return;
    }
    if (!isLast && this.now() - this.last < this.interval * 1000) return;
    this.last = this.now();
    this.stream.write(`${line}\n`);
  }
}

/** `step 120/4000 (3%)  loss 0.8123  lr 0.00682  data 2 ms  step 512 ms  3.9 images/s  ETA 33m08s  2.1 GB (peak 2.4, tensors 0.6)` */
export function progressLine(record: TrainRecord): string {
  const { step, totalSteps, loss, learningRate, dataSeconds, stepSeconds, imagesPerSecond } = record;
  return [
    `step ${String(step).padStart(String(totalSteps).length)}/${totalSteps} (${Math.floor((100 * step) / totalSteps)}%)`,
    `loss ${loss.toPrecision(4)}`,
    `lr ${learningRate.toPrecision(3)}`,
    `data ${milliseconds(dataSeconds)}`,
    `step ${milliseconds(stepSeconds)}`,
    `${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 2 : 0)} images/s`,
    `ETA ${formatDuration(record.etaSeconds)}`,
    `${gigabytes(record.rssBytes)} GB (peak ${gigabytes(record.peakRssBytes)}, tensors ${gigabytes(record.tensorBytes)})`,
  ].join('  ');
}

const milliseconds = (seconds: number): string => `${(seconds * 1000).toFixed(0)} ms`;

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);

/** Why the steps of a run that was to be captured are not, for people. */
export const eagerMessage = (reason: string): string =>
  `The training step is not one graph, and slower for it: ${reason}.`;
