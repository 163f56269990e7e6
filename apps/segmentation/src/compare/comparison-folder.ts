// The folder of a comparison: that of a sweep, whose plan is a ladder.
//
//   ladder.json      every run's configuration      compare.{md,json,svg,png,html}   the results so far
import { SweepFolder } from '@plumbline/training';
import { validateConfig } from '../config/load-config.ts';
import type { Cell, Fairness } from './cells.ts';
import type { LadderEntry } from './ladder.ts';

/** What a comparison is of; `ladder.json`. */
export interface Comparison {
  fairness: Fairness;
  entries: LadderEntry[];
  cells: Cell[];
}

export class ComparisonFolder extends SweepFolder<Comparison> {
  constructor(path: string) {
    super({ path, words: { sweep: 'comparison', plan: 'ladder' }, validate: validateConfig });
  }
}
