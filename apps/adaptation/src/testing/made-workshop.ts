/** Runs of a sweep that are not trained but written, with accuracies that a test chooses. */
import { DivergedError, RunFolder } from '@plumbline/training';
import { taskName } from '../config/task-config.ts';
import type { RunSummary } from '../results/run-summary.ts';
import type { Workshop } from '../sweep/run-cells.ts';
import type { Config } from '../config/config.ts';

export interface Made {
  /** Of a run: its accuracy after the last step; a text: it diverges for that reason; null: it is stopped there. */
  readonly last: (config: Config) => number | string | null;
  /** Why a run does not apply. Default: every one does. */
  readonly applicability?: Workshop['applicability'];
  /** Default: results are written at the end alone. */
  readonly write?: Workshop['write'];
}

/** The choice is two points below the last accuracy, and the oracle three above. */
export function madeWorkshop({
  last,
  applicability = () => null,
  write = () => Promise.resolve(),
}: Made): Workshop {
  return {
    applicability,
    write,
    check: () => Promise.resolve(),
    performRun: async ({ config, folder, resume }) => {
      const run = resume ? await RunFolder.open(folder) : await RunFolder.create(folder, config, {});
      const accuracy = last(config);
      if (accuracy === null) return null;
      if (typeof accuracy === 'string') throw new DivergedError(accuracy);
      const { steps } = config.train;
      const middle = Math.floor(steps / 2);
      await run.appendMetrics({ kind: 'evaluation', step: middle, targetAccuracy: accuracy - 0.02 });
      await run.appendMetrics({ kind: 'evaluation', step: steps, targetAccuracy: accuracy });
      // Batch norm drifts twice as far as the others, and each seed by one more.
      const drift = (config.model.recipe === 'bn' ? 2 : 1) * (1 + config.seed);
      const layers = ['conv1', 'conv2'].map((layer) => ({ layer, meanShift: drift, varianceShift: null }));
      await run.writeJson('analysis.json', { drift: layers });
      const summary: RunSummary = {
        step: steps,
        seconds: 12,
        task: taskName(config.task),
        method: config.method.name,
        recipe: config.model.recipe,
        domainBatching: config.train.domainBatching,
        seed: config.seed,
        sourceValidationAccuracy: 0.9,
        last: accuracy,
        before: null,
        chosen: { informationMaximization: { step: middle, accuracy: accuracy - 0.02 } },
        oracle: { step: middle, accuracy: accuracy + 0.03 },
        protocol: 'made for a test',
      };
      await run.finish({ ...summary });
      return summary;
    },
  };
}
