/** A run's progress as part of a ladder's: each line says which run it is, and what a single run reports at its end is left out. */
import { Progress, type TrainRecord } from '@plumbline/training';

export class LadderProgress extends Progress {
  private readonly ladder: Progress;
  private readonly describe: (record: TrainRecord) => string;

  /** @param describe what stands before the line of a step. */
  constructor(ladder: Progress, describe: (record: TrainRecord) => string) {
    super();
    this.ladder = ladder;
    this.describe = describe;
  }

  override update(record: TrainRecord): void {
    this.ladder.update(record, this.describe(record));
  }

  override count(done: number, total: number, what: string): void {
    this.ladder.count(done, total, what);
  }

  // Tables of every run would bury the ladder's own lines; they are in the run's report.
  override message(): void {
    this.ladder.end();
  }

  override end(): void {
    this.ladder.end();
  }
}
