// The time that is left for a sweep, from the time that its runs took so far.

import { formatDuration } from '../format.ts';
import type { TrainRecord } from '../train-loop.ts';

/** Measures one run. */
export interface RunClock {
  /** Since it began, or went on. */
  seconds(): number;
  /** Until the whole sweep ends, at the pace so far. */
  left(record: TrainRecord): string;
}

export class SweepEstimate<Cell extends object> {
  private readonly work: (cell: Cell) => number;
  private readonly processes: number;
  /** Work of the runs that were timed, and their seconds. */
  private done = 0;
  private seconds = 0;
  /** This run and those after it, but for those that other processes work on. */
  private readonly ahead: Set<Cell>;

  /**
   * @param work how much there is to do for a run, in no unit.
   * @param processes how many share what is left.
   */
  constructor(cells: readonly Cell[], work: (cell: Cell) => number, processes = 1) {
    this.work = work;
    this.processes = processes;
    this.ahead = new Set(cells);
  }

  /** @param logEvery steps between two log lines. */
  start(cell: Cell, logEvery: number): RunClock {
    // Where another process was at it and has stopped.
    this.ahead.add(cell);
    const startedAt = performance.now();
    const seconds = (): number => (performance.now() - startedAt) / 1000;
    let first: number | null = null;
    return {
      seconds,
      left: ({ step, totalSteps }) => {
        // A run that goes on did not make the steps before its first line here.
        first ??= Math.max(0, step - logEvery);
        const pace =
          (this.seconds + seconds()) / (this.done + ((step - first) / totalSteps) * this.work(cell));
        const ahead = [...this.ahead].reduce((sum, one) => sum + this.work(one), 0);
        const left = pace * (ahead - (step / totalSteps) * this.work(cell));
        return formatDuration(left / this.processes);
      },
    };
  }

  /** Counts a run that was made here from its first step on, for the pace. */
  time(cell: Cell, seconds: number): void {
    this.done += this.work(cell);
    this.seconds += seconds;
  }

  /** It is not ahead any more: it has a result, or another process is at it. */
  pass(cell: Cell): void {
    this.ahead.delete(cell);
  }
}
