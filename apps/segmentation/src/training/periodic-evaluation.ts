/** The evaluations during training: their scores go to metrics.jsonl and TensorBoard, the best network to its checkpoint. */
import type { SegmentationDataset } from '@plumbline/data';
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
import { besideRaw, scoredApart } from '../inference/averaged-evaluation.ts';
import { describeProtocol, type EvaluationResult } from '../inference/evaluation.ts';

type Best = CheckpointMetadata['best'];

export interface PeriodicEvaluationOptions {
  run: RunFolder;
  config: Config;
  model: tfl.LayersModel;
  average: WeightAverage | null;
  validation: SegmentationDataset;
  events: EventWriter;
  progress: Progress;
  signal: AbortSignal;
  /** Of the steps before. */
  best: Best;
  /** Writes the network as it is now to the best checkpoint. */
  saveBest: (best: NonNullable<Best>) => Promise<void>;
}

/** Of every evaluation; the same images each time, so that one sees them change. */
const TENSORBOARD_PICTURES = 3;

export class PeriodicEvaluation {
  /** The best score so far. */
  best: Best;
  private readonly options: PeriodicEvaluationOptions;

  constructor(options: PeriodicEvaluationOptions) {
    this.options = options;
    this.best = options.best;
  }

  /** A run that was stopped during an evaluation, or by it, has the checkpoint of that step but not its scores. */
  async isOwed(step: number): Promise<boolean> {
    const { run, config } = this.options;
    if (step === 0 || step % config.train.evaluateEvery !== 0) return false;
    return !(await run.wasEvaluated(step));
  }

  /** @throws the signal's reason when it is raised; otherwise one sentence about bad data or an unwritable folder. */
  readonly evaluate = async (step: number): Promise<void> => {
    const { config, model, average, validation, progress, signal } = this.options;
    // The finished network is evaluated once more, with pictures, by whoever called.
    if (step === config.train.steps) return;
    await scoredApart(
      average,
      {
        model,
        dataset: validation,
        config,
        signal,
        pictures: TENSORBOARD_PICTURES,
        onImage: (done, total) => progress.count(done, total, 'validation images'),
      },
      (result, raw) => this.record(step, result, raw),
    );
  };

  private async record(step: number, result: EvaluationResult, raw: EvaluationResult | null): Promise<void> {
    const { run, events, progress, saveBest } = this.options;
    const { scores, pictures } = result;
    const protocol = describeProtocol(result.protocol);
    if (scores.meanIoU !== null && scores.meanIoU > (this.best?.score ?? -1)) {
      const better = { score: scores.meanIoU, step };
      await saveBest(better);
      this.best = better;
    }
    if (raw !== null) {
      await run.appendMetrics({ kind: 'evaluation-raw', step, ...raw.scores, protocol: raw.protocol });
      const { meanIoU, pixelAccuracy } = raw.scores;
      await events.scalars(
        step,
        { 'val-raw/meanIoU': meanIoU, 'val-raw/pixelAccuracy': pixelAccuracy },
        describeProtocol(raw.protocol),
      );
    }
    // After the checkpoint: an evaluation whose scores are not written is done again by a resumed run.
    await run.appendMetrics({ kind: 'evaluation', step, ...scores, protocol: result.protocol });
    for (const { id, ...picture } of pictures) await events.image(step, `val/${id}`, picture);
    await events.scalars(
      step,
      {
        'val/meanIoU': scores.meanIoU,
        'val/pixelAccuracy': scores.pixelAccuracy,
        'val/boundaryF': scores.boundaryF ?? null,
      },
      protocol,
    );
    progress.message(
      `step ${step}: mIoU ${percent(scores.meanIoU)}, pixel accuracy ${percent(scores.pixelAccuracy)}${besideRaw(raw)}; ${protocol}`,
    );
  }
}
