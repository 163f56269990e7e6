/**
 * The evaluations during training: scores go to metrics.jsonl and TensorBoard, the network with the most images right to its
 * checkpoint, and what happens inside the network beside them.
 */
import {
  percent,
  type CheckpointMetadata,
  type EventWriter,
  type Progress,
  type RunFolder,
  type WeightAverage,
} from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';
import type { ClassificationData } from '../data/open-data.ts';
import { evaluate, type Evaluation } from '../evaluation/evaluate.ts';

type Best = CheckpointMetadata['best'];

export interface PeriodicEvaluationOptions {
  run: RunFolder;
  config: Config;
  data: ClassificationData;
  network: tfl.LayersModel;
  /** Null: the weights as they are are scored. */
  average: WeightAverage | null;
  events: EventWriter;
  progress: Progress;
  signal: AbortSignal;
  /** Of the steps before. */
  best: Best;
  /** Writes the network as it is now to the best checkpoint. */
  saveBest: (best: NonNullable<Best>) => Promise<void>;
  /** Looks into the network as it is trained, at a step; null: nobody does. */
  lookInside: ((step: number) => Promise<void>) | null;
}

export class PeriodicEvaluation {
  /** The highest top-1 accuracy so far. */
  best: Best;
  /** The last one that this process made, of the weights that are scored; null: none. */
  latest: { readonly step: number; readonly evaluation: Evaluation } | null = null;
  readonly #options: PeriodicEvaluationOptions;

  constructor(options: PeriodicEvaluationOptions) {
    this.#options = options;
    this.best = options.best;
  }

  /** Whether a step that is to be evaluated was not: a run that was stopped meanwhile has its checkpoint, but no scores. */
  async isOwed(step: number): Promise<boolean> {
    return !(await this.#options.run.wasEvaluated(step));
  }

  /** @throws the signal's reason when it is raised; otherwise one sentence about bad data or an unwritable folder. */
  async evaluate(step: number): Promise<void> {
    const { average, lookInside } = this.#options;
    await lookInside?.(step);
    await (average === null ? this.#score(step) : average.use(() => this.#score(step)));
  }

  async #score(step: number): Promise<void> {
    const { run, config, data, network, events, progress, signal, saveBest } = this.#options;
    const how = { config, channels: data.channels, progress, signal };
    const evaluation = await evaluate(network, data.test, how);
    this.latest = { step, evaluation };
    const { top1, top5, crossEntropy } = evaluation;
    if (top1 > (this.best?.score ?? -Infinity)) {
      const better = { score: top1, step };
      await saveBest(better);
      this.best = better;
    }
    // After the checkpoint: an evaluation whose scores are not written is done again by a resumed run.
    await run.appendMetrics({ kind: 'evaluation', step, top1, top5, crossEntropy });
    await events.scalars(step, {
      'test/top1': top1,
      ...(top5 === null ? {} : { 'test/top5': top5 }),
      'test/crossEntropy': crossEntropy,
    });
    progress.message(
      `step ${step}: ${percent(top1)} top-1${top5 === null ? '' : `, ${percent(top5)} top-5`}, cross-entropy ${crossEntropy.toFixed(3)}`,
    );
  }
}
