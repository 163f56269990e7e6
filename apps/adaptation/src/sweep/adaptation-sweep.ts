// The folder of a sweep of adaptation runs.
//
//   plan.json    every run's configuration     sweep.{md,json,csv,svg,png,html}   the results so far
import type { ValidatorName } from '@plumbline/adaptation';
import { SweepFolder } from '@plumbline/training';
import { validateConfig } from '../config/load-config.ts';
import type { Cell } from './cells.ts';

/** What a sweep is of; `plan.json`. */
export interface SweepPlan {
  /** Whose choice of a step, made without target labels, is reported. */
  readonly validator: ValidatorName;
  readonly cells: readonly Cell[];
}

export class AdaptationSweep extends SweepFolder<SweepPlan> {
  constructor(path: string) {
    super({ path, words: { sweep: 'sweep', plan: 'plan' }, validate: validateConfig });
  }
}
