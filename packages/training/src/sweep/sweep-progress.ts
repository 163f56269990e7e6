// A run's progress as part of a sweep's: each line says which run it is, and what a single run reports at its end is left out.

import { Progress } from '../progress.ts';
import type { TrainRecord } from '../train-loop.ts';

export class SweepProgress extends Progress {
  private readonly sweep: Progress;
  private readonly describe: (record: TrainRecord) => string;

  /** @param describe what stands before the line of a step. */
  constructor(sweep: Progress, describe: (record: TrainRecord) => string) {
    super();
    this.sweep = sweep;
    this.describe = describe;
  }

  override update(record: TrainRecord): void {
    this.sweep.update(record, this.describe(record));
  }

  override count(done: number, total: number, what: string): void {
    this.sweep.count(done, total, what);
  }

  // Tables of every run would bury the sweep's own lines; they are in the run's report.
  override message(): void {
    this.sweep.end();
  }

  override end(): void {
    this.sweep.end();
  }
}
