// The folder of a study.
//
//   plan.json    every run's configuration     study.{md,json,csv,svg,png,html}   the results so far
//   noise.json   of the batch's statistics, in untrained networks
import { SweepFolder } from '@plumbline/training';
import { validateConfig } from '../config/load-config.ts';
import type { Cell, StudyGrid } from './cells.ts';
import type { Survey } from './survey.ts';

/** What a study is of; `plan.json`. */
export interface StudyPlan extends StudyGrid {
  /** Images of a step of the protocol `normalization`. */
  readonly gradientBatch: number;
  readonly survey: Survey;
  readonly cells: readonly Cell[];
}

export class StabilityStudy extends SweepFolder<StudyPlan> {
  constructor(path: string) {
    super({ path, words: { sweep: 'study', plan: 'plan' }, validate: validateConfig });
  }
}
