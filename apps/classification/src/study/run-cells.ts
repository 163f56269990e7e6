/** Makes the runs of a study; what is finished stays, what was stopped goes on. */
import { percent, refusalOf, runSweep, type Progress, type SweepFailure } from '@plumbline/training';
import { buildNetwork } from '../network/build-network.ts';
import { performRun } from '../training/run.ts';
import { describeCell, workOf, type Cell } from './cells.ts';
import { measureNoise } from './noise.ts';
import type { StabilityStudy } from './stability-study.ts';
import { surveyData, type Survey } from './survey.ts';
import { writeStudy } from './write-study.ts';

/** What a study is made with. */
export interface Workshop {
  readonly performRun: typeof performRun;
  /** Looks at the data before the first run. */
  readonly survey: typeof surveyData;
  /** Measures untrained networks, before the first run. */
  readonly measureNoise: typeof measureNoise;
  /** Rewrites the results, after every run. */
  readonly write: (study: StabilityStudy) => Promise<unknown>;
}

export const WORKSHOP: Workshop = { performRun, survey: surveyData, measureNoise, write: writeStudy };

export interface RunCellsOptions {
  cells: readonly Cell[];
  survey: Survey;
  study: StabilityStudy;
  signal: AbortSignal;
  progress: Progress;
  /** How many processes work on the study, this one included. Default 1. */
  processes?: number;
  /** Delete a run's checkpoints once it is finished. Default false. */
  dropCheckpoints?: boolean;
  workshop: Workshop;
}

/** What the network says against the configuration; null: nothing. */
const refusal = ({ config }: Cell, { classes }: Survey): SweepFailure | null =>
  refusalOf(() => {
    buildNetwork(config, { classes, channels: 3, onWarning: () => undefined }).dispose();
  });

/**
 * Makes every run that has no result yet. One that is refused, and one whose loss becomes no number, is recorded, and the study
 * goes on. Other processes may work on the same study.
 *
 * @returns whether it came to its end; false when the signal was raised.
 * @throws on bad data or an unwritable folder: the other runs would fail alike.
 */
export const runCells = ({ workshop, study, survey, ...options }: RunCellsOptions): Promise<boolean> =>
  runSweep({
    ...options,
    folder: study,
    onRun: async () => {
      await workshop.write(study);
    },
    describe: describeCell,
    refusal: (cell) => refusal(cell, survey),
    run: ({ cell: { config }, ...run }) => workshop.performRun({ config, ...run }),
    describeResult: ({ top1, best }) =>
      `${percent(1 - top1, 2)} top-1 error after the last step (best evaluation ${percent(1 - best.top1, 2)})`,
    work: workOf,
    logEvery: ({ config }) => config.train.logEvery,
  });
