/** One training run: from configuration to a finished run folder, resumable at any checkpoint. */
import { SegmentationLoader, type SegmentationDataset } from '@plumbline/data';
import {
  checkpointWriter,
  claimRun,
  describeEnvironment,
  DivergedError,
  eagerMessage,
  EventWriter,
  keepCheckpoint,
  inRunFolder,
  polySchedule,
  releaseRun,
  restore,
  RunFolder,
  trainLoop,
  WeightAverage,
  withRemedies,
  withWarmUp,
  withWayBack,
  type CleanUp,
  type Progress,
} from '@plumbline/training';
import { captures } from '@plumbline/training/config';
import type * as tfl from '@tensorflow/tfjs-layers';
import { batchLoss, batchTensors } from './batch-loss.ts';
import { buildModel, buildOptimizer, checkTrainable } from '../network/build-model.ts';
import { withClassWeights } from './class-weights.ts';
import { checkImageSizes } from '../data/check-image-sizes.ts';
import type { Config } from '../config/config.ts';
import { validateConfig } from '../config/load-config.ts';
import { augmentOptions, openSplit } from '../data/open-data.ts';
import { PeriodicEvaluation } from './periodic-evaluation.ts';
import { remedies, resumeCommand } from './resume.ts';
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

/**
 * Trains until the last step, or until `signal` is raised.
 *
 * @throws the signal's reason when it is raised during an evaluation; otherwise one sentence about bad data, an
 *   unwritable folder, or a loss that is no longer a number. The steps done are in the last checkpoint, but for those
 *   before a full disk or a loss that is no number.
 */
export const trainRun = (options: TrainRunOptions): Promise<TrainedRun> =>
  inRunFolder(options, (unfinished, cleanUp) => prepareAndTrain(options, unfinished, cleanUp));

async function prepareAndTrain(
  { folder, signal, progress, config: given }: TrainRunOptions,
  unfinished: RunFolder | null,
  { always, onError }: CleanUp,
): Promise<TrainedRun> {
  const { trainSplit, valSplit, workers, trainLimit } = given.data;
  const training = await openSplit(given, trainSplit);
  const validation = await openSplit(given, valSplit);
  checkTrainable(given);
  await checkImageSizes(given, validation);
  const config = await withClassWeights(given, training, { progress, signal });
  const loss = trainingLoss(config, training);
  always.push(() => loss.dispose());
  const loader = new SegmentationLoader({
    dataset: training,
    augment: augmentOptions(config),
    batchSize: config.train.batchSize,
    seed: config.seed,
    workers,
    cacheMegabytes: config.data.cacheMegabytes,
    ...(trainLimit === null ? {} : { limit: trainLimit }),
  });
  always.push(() => loader.close());
  const model = buildModel(config, training.classes.length);
  onError.push(() => model.dispose());
  const optimizer = buildOptimizer(config, model);
  always.push(() => optimizer.dispose());
  const isFresh = unfinished === null || !(await unfinished.hasCheckpoint());
  const imported = isFresh ? await startFromWeights(config, model, training) : null;
  const run = unfinished ?? (await RunFolder.create(folder, config, describeEnvironment()));
  if (unfinished === null) {
    await claimRun(run);
    always.push(() => releaseRun(run));
  }
  if (imported !== null) await reportStart(run, imported, progress);
  const { ema } = config.train;
  const average = ema === null ? null : new WeightAverage(model, { decay: ema });
  onError.push(() => average?.dispose());
  const parts = { model, optimizer, state: loss.state(), ...(average === null ? {} : { average }) };
  const start = await restore(run, config, parts, validateConfig);
  const events = await EventWriter.create(run.path, start.step);
  always.push(() => events.close());
  const startedAt = performance.now();
  const seconds = (): number => start.seconds + (performance.now() - startedAt) / 1000;

  const { accumulate } = config.train;
  const save = await checkpointWriter({ run, seed: config.seed, accumulate, seconds });
  const evaluation = new PeriodicEvaluation({
    ...{ run, config, model, average, validation, events, progress, signal },
    best: start.best,
    saveBest: (best) => save(run.bestCheckpoint, { model }, best.step, best),
  });

  const { learningRate, power, warmup, clipNorm } = config.optimizer;
  const { steps, batchSize, logEvery, evaluateEvery, checkpointEvery } = config.train;
  const keep = async (step: number): Promise<void> => {
    if (step > 0 && step % checkpointEvery === 0)
      await keepCheckpoint(run, step, config.train.keepCheckpoints);
  };
  try {
    // A run that was killed right after a checkpoint has not kept it yet.
    await keep(start.step);
    if (await evaluation.isOwed(start.step)) await evaluation.evaluate(start.step);
    const { step, end } = await trainLoop({
      batches: loader.batches(start.step * accumulate),
      tensors: batchTensors,
      forward: batchLoss(model, loss),
      capture: captures(config.train, steps),
      precision: config.train.precision,
      recompute: config.train.recompute,
      onEager: (reason) => progress.message(eagerMessage(reason)),
      imagesIn: () => batchSize,
      optimizer,
      schedule: withWarmUp(polySchedule({ learningRate, totalSteps: steps, power }), { warmUpSteps: warmup }),
      totalSteps: steps,
      startStep: start.step,
      accumulate,
      logEvery,
      evaluateEvery,
      checkpointEvery,
      evaluate: evaluation.evaluate,
      signal,
      checkpoint: async (at) => {
        await save(run.lastCheckpoint, parts, at, evaluation.best);
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
    if (signal.aborted) throw error;
    if (error instanceof DivergedError) throw await withRemedies(error, run, remedies(config));
    throw await withWayBack(error, run, resumeCommand);
  }
}
