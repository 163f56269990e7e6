/** Runs of a study that are not trained but written, with errors that a test chooses. */
import { DivergedError, RunFolder } from '@plumbline/training';
import type { Config } from '../config/config.ts';
import type { RunSummary } from '../results/run-summary.ts';
import type { Workshop } from '../study/run-cells.ts';

export interface Made {
  /** Of a run: its top-1 error after the last step; a text: it diverges for that reason; null: it is stopped there. */
  readonly error: (config: Config) => number | string | null;
  /** Of the data set. Default: 100 test images of ten classes. */
  readonly survey?: Workshop['survey'];
  /** Default: results are written at the end alone. */
  readonly write?: Workshop['write'];
}

/** The best evaluation is one point below the last. */
export const madeWorkshop = ({
  error: errorOf,
  survey = () => Promise.resolve({ training: 640, test: 100, classes: 10 }),
  write = () => Promise.resolve(),
}: Made): Workshop => ({
  survey,
  write,
  measureNoise: () => Promise.resolve(),
  performRun: async ({ config, folder, resume }) => {
    const run = resume ? await RunFolder.open(folder) : await RunFolder.create(folder, config, {});
    const error = errorOf(config);
    if (error === null) return null;
    if (typeof error === 'string') throw new DivergedError(error);
    const { batchSize, accumulate } = config.train;
    const best = { step: 5, top1: 1.01 - error };
    await run.appendMetrics({ kind: 'evaluation', ...best });
    await run.appendMetrics({ kind: 'evaluation', step: 10, top1: 1 - error });
    const summary: RunSummary = {
      ...{ step: 10, seconds: 12, top1: 1 - error, top5: null, crossEntropy: 0.5, best },
      ...{ dataset: 'MNIST', network: 'ResNet-8', recipe: config.model.recipe },
      ...{ batchSize, accumulate, seed: config.seed, trainingLoss: 0.4, protocol: 'made for a test' },
    };
    await run.finish({ ...summary });
    return summary;
  },
});
