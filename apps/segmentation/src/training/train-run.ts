/** One training run: from configuration to a finished run folder, resumable at any checkpoint. */
import { SegmentationLoader, type SegmentationDataset } from '@plumbline/data';
import {
  claimRun,
  DivergedError,
  EventWriter,
  fingerprint,
  keepCheckpoint,
  percent,
  polySchedule,
  releaseRun,
  RunFolder,
  saveCheckpoint,
  trainLoop,
  WeightAverage,
  withWarmUp,
  type CheckpointMetadata,
  type CheckpointParts,
  type Progress,
} from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import { batchLoss } from './batch-loss.ts';
import { besideRaw, scoredApart } from '../inference/averaged-evaluation.ts';
import { buildModel, buildOptimizer } from '../network/build-model.ts';
import { withClassWeights } from './class-weights.ts';
import { checkImageSizes } from '../data/check-image-sizes.ts';
import type { Config } from '../config/config.ts';
import { augmentOptions, openSplit } from '../data/open-data.ts';
import { describeEnvironment } from './environment.ts';
import { describeProtocol } from '../inference/evaluation.ts';
import { openUnfinished, restore, withRemedies, withWayBack } from './resume.ts';
import { reportStart, startFromWeights } from '../network/start-weights.ts';
import { trainingLoss } from './training-loss.ts';

export interface TrainRunOptions {
  config: Config;
  /** The run folder: a new one, or with `resume` an unfinished one. */
  folder: string;
  resume: boolean;
  signal: AbortSignal;
  progress: Progress;
}

/** A network after training, and where its run lies. */
export interface TrainedRun {
  run: RunFolder;
  /** As in the run's config.json: with what was computed at its beginning. */
  config: Config;
  model: tfl.LayersModel;
  /** The average of the model's weights; null if `train.ema` is null. It belongs to the caller, as the model does. */
  average: WeightAverage | null;
  validation: SegmentationDataset;
  /** Optimizer steps done. */
  step: number;
  /** `stopped`: before the last step; a checkpoint was written, and the run can be resumed. */
  end: 'finished' | 'stopped';
  /** Seconds spent in training steps, data waits, evaluations and checkpoints, over all resumptions. */
  seconds: number;
}

/** Of every evaluation during training; the same images each time, so that one sees them change. */
const TENSORBOARD_PICTURES = 3;

/** A run that was stopped during an evaluation, or by it, has the checkpoint of that step but not its scores. */
async function owesEvaluation(run: RunFolder, step: number, every: number): Promise<boolean> {
  if (step === 0 || step % every !== 0) return false;
  const metrics = await run.readMetrics();
  return !metrics.some((record) => record.kind === 'evaluation' && record.step === step);
}

/**
 * Trains until the last step, or until `signal` is raised.
 *
 * @throws the signal's reason when it is raised during an evaluation; otherwise one sentence about bad data, an
 *   unwritable folder, or a loss that is no longer a number. The steps done are in the last checkpoint, but for those
 *   before a full disk or a loss that is no number.
 */
export async function trainRun(options: TrainRunOptions): Promise<TrainedRun> {
  const { folder, resume, signal, progress } = options;
  if (!resume) await RunFolder.refuseUsed(folder);
  const { trainSplit, valSplit, workers, trainLimit } = options.config.data;
  const training = await openSplit(options.config, trainSplit);
  const validation = await openSplit(options.config, valSplit);
  await checkImageSizes(options.config, validation);
  const config = await withClassWeights(options.config, training, { progress, signal });
  const loss = trainingLoss(config, training);
  const loader = new SegmentationLoader({
    dataset: training,
    augment: augmentOptions(config),
    batchSize: config.train.batchSize,
    seed: config.seed,
    workers,
    cacheMegabytes: config.data.cacheMegabytes,
    ...(trainLimit === null ? {} : { limit: trainLimit }),
  });
  const model = buildModel(config, training.classes.length);
  const optimizer = buildOptimizer(config, model);
  const imported = resume ? null : await startFromWeights(config, model, training);
  const run = resume
    ? await openUnfinished(folder)
    : await RunFolder.create(folder, config, describeEnvironment());
  await claimRun(run);
  if (imported !== null) await reportStart(run, imported, progress);
  else if (resume && !(await run.hasCheckpoint())) await startFromWeights(config, model, training);
  const { ema } = config.train;
  const average = ema === null ? null : new WeightAverage(model, { decay: ema });
  const parts = { model, optimizer, state: loss.state(), ...(average === null ? {} : { average }) };
  const start = await restore(run, config, parts);
  const identity = fingerprint(await run.readConfig());
  const events = await EventWriter.create(run.path, start.step);
  let { best } = start;
  const startedAt = performance.now();
  const seconds = (): number => start.seconds + (performance.now() - startedAt) / 1000;

  const save = (
    path: string,
    content: CheckpointParts,
    step: number,
    bestSoFar: CheckpointMetadata['best'],
  ): Promise<void> =>
    saveCheckpoint(path, content, {
      step,
      position: step * config.train.accumulate,
      seed: config.seed,
      best: bestSoFar,
      config: identity,
      extra: seconds(),
    });

  const evaluate = async (step: number): Promise<void> => {
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
      async ({ scores, protocol, pictures }, raw) => {
        if (scores.meanIoU !== null && scores.meanIoU > (best?.score ?? -1)) {
          const better = { score: scores.meanIoU, step };
          await save(run.bestCheckpoint, { model }, step, better);
          best = better;
        }
        // Last: an evaluation whose scores are not written is done again by a resumed run.
        if (raw !== null) {
          await run.appendMetrics({ kind: 'evaluation-raw', step, ...raw.scores, protocol: raw.protocol });
          await events.scalars(
            step,
            {
              'val-raw/meanIoU': raw.scores.meanIoU,
              'val-raw/pixelAccuracy': raw.scores.pixelAccuracy,
            },
            describeProtocol(raw.protocol),
          );
        }
        await run.appendMetrics({ kind: 'evaluation', step, ...scores, protocol });
        for (const { id, ...picture } of pictures) await events.image(step, `val/${id}`, picture);
        await events.scalars(
          step,
          {
            'val/meanIoU': scores.meanIoU,
            'val/pixelAccuracy': scores.pixelAccuracy,
            'val/boundaryF': scores.boundaryF ?? null,
          },
          describeProtocol(protocol),
        );
        progress.message(
          `step ${step}: mIoU ${percent(scores.meanIoU)}, pixel accuracy ${percent(scores.pixelAccuracy)}${besideRaw(raw)}; ` +
            `${describeProtocol(protocol)}`,
        );
      },
    );
  };

  const { learningRate, power, warmup, clipNorm } = config.optimizer;
  const { steps, batchSize, accumulate, logEvery, evaluateEvery, checkpointEvery } = config.train;
  const keep = async (step: number): Promise<void> => {
    if (step > 0 && step % checkpointEvery === 0)
      await keepCheckpoint(run, step, config.train.keepCheckpoints);
  };
  try {
    // A run that was killed right after a checkpoint has not kept it yet.
    await keep(start.step);
    if (await owesEvaluation(run, start.step, evaluateEvery)) await evaluate(start.step);
    const { step, end } = await trainLoop({
      batches: loader.batches(start.step * accumulate),
      forward: batchLoss(model, loss),
      imagesIn: () => batchSize,
      optimizer,
      schedule: withWarmUp(polySchedule({ learningRate, totalSteps: steps, power }), { warmUpSteps: warmup }),
      totalSteps: steps,
      startStep: start.step,
      accumulate,
      logEvery,
      evaluateEvery,
      checkpointEvery,
      evaluate,
      signal,
      checkpoint: async (at) => {
        await save(run.lastCheckpoint, parts, at, best);
        await keep(at);
      },
      afterUpdate: () => average?.update(),
      log: async (record) => {
        progress.update(record);
        const { step: at, imagesPerSecond, dataSeconds } = record;
        await run.appendMetrics({ kind: 'train', ...record, seconds: seconds() });
        await events.scalars(at, {
          'train/loss': record.loss,
          'train/learningRate': record.learningRate,
          'speed/imagesPerSecond': imagesPerSecond,
          'speed/dataWaitSeconds': dataSeconds,
          'memory/residentGigabytes': record.rssBytes / 1e9,
          'memory/tensorGigabytes': record.tensorBytes / 1e9,
        });
      },
      ...(clipNorm === null ? {} : { clipNorm }),
    });
    progress.end();
    return { run, config, model, average, validation, step, end, seconds: seconds() };
  } catch (error) {
    progress.end();
    average?.dispose();
    model.dispose();
    if (signal.aborted) throw error;
    if (error instanceof DivergedError) throw await withRemedies(error, run, config);
    throw await withWayBack(error, run);
  } finally {
    optimizer.dispose();
    loss.dispose();
    await loader.close();
    await events.close();
    await releaseRun(run);
  }
}
