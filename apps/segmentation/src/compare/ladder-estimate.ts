/** The time that is left for a ladder, from the time that its runs took so far. */
import { formatDuration, type TrainRecord } from '@plumbline/training';
import type { Cell } from './cells.ts';

/** In no unit: about half of a step with one image takes as long with two. */
const work = ({ config: { train } }: Cell): number => train.steps * train.accumulate * (1 + train.batchSize);

/** Measures one run. */
export interface RunClock {
  /** Since it began, or went on. */
  seconds(): number;
  /** Until the whole ladder ends, at the pace so far. */
  left(record: TrainRecord): string;
}

export class LadderEstimate {
  /** Work of the runs that were timed, and their seconds. */
  private done = 0;
  private seconds = 0;
  /** Work of this run and those after it. */
  private ahead: number;

  constructor(cells: readonly Cell[]) {
    this.ahead = cells.reduce((sum, cell) => sum + work(cell), 0);
  }

  start(cell: Cell): RunClock {
    const startedAt = performance.now();
    const seconds = (): number => (performance.now() - startedAt) / 1000;
    let first: number | null = null;
    return {
      seconds,
      left: ({ step, totalSteps }) => {
        // A run that goes on did not make the steps before its first line here.
        first ??= Math.max(0, step - cell.config.train.logEvery);
        const pace = (this.seconds + seconds()) / (this.done + ((step - first) / totalSteps) * work(cell));
        return formatDuration(pace * (this.ahead - (step / totalSteps) * work(cell)));
      },
    };
  }

  /** @param seconds that it took; null where it was not made now. */
  finish(cell: Cell, seconds: number | null): void {
    this.ahead -= work(cell);
    if (seconds === null) return;
    this.done += work(cell);
    this.seconds += seconds;
  }
}
