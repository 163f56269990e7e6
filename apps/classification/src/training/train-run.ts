/** One training run: from configuration to a trained network, resumable at any checkpoint. */
import { initializeFromData } from '@plumbline/norm';
import { tf } from '@plumbline/runtime';
import {
  checkpointWriter,
  claimRun,
  describeEnvironment,
  DivergedError,
  eagerMessage,
  EventWriter,
  inRunFolder,
  releaseRun,
  restore,
  RunFolder,
  trainLoop,
  WeightAverage,
  withRemedies,
  withWayBack,
  writeLabels,
  type CleanUp,
  type Progress,
} from '@plumbline/training';
import { captures } from '@plumbline/training/config';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';
import { validateConfig } from '../config/load-config.ts';
import { openData, type ClassificationData } from '../data/open-data.ts';
import type { Evaluation } from '../evaluation/evaluate.ts';
import { buildNetwork } from '../network/build-network.ts';
import { buildOptimizer, scheduleOf } from '../network/optimizer.ts';
import { startFromWeights } from '../network/start-weights.ts';
import { lookInside } from './look-inside.ts';
import { PeriodicEvaluation } from './periodic-evaluation.ts';
import { runLength, type RunLength } from './run-length.ts';
import { batchLoss, TrainingBatches } from './training-batches.ts';

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
  config: Config;
  data: ClassificationData;
  /** The caller's, as the average is. */
  network: tfl.LayersModel;
  /** The average of the network's weights; null if `train.ema` is null. */
  average: WeightAverage | null;
  /** Of the last step, where it was made in this process; null: it is still to be made. */
  evaluation: Evaluation | null;
  /** Optimizer steps done. */
  step: number;
  /** `stopped`: before the last step; a checkpoint was written, and the run can be resumed. */
  end: 'finished' | 'stopped';
  /** Seconds of training, evaluations included, over all resumptions. */
  seconds: number;
}

export const resumeCommand = (folder: string): string =>
  `npm run classification -- train --resume "${folder}"`;

/**
 * Trains until the last step, or until `signal` is raised.
 *
 * @throws the signal's reason when it is raised during an evaluation; otherwise one sentence about bad data, an unwritable folder,
 *   or a loss that is no longer a number. The steps done are in the last checkpoint.
 */
export const trainRun = (options: TrainRunOptions): Promise<TrainedRun> =>
  inRunFolder(options, (unfinished, cleanUp) => prepareAndTrain(options, unfinished, cleanUp));

const isEvaluated = (step: number, { evaluateEvery, totalSteps }: RunLength): boolean =>
  step % evaluateEvery === 0 || step === totalSteps;

/** Data-dependent scales by the first images that are trained on. */
async function startFromData(network: tfl.LayersModel, batches: TrainingBatches): Promise<void> {
  const stream = batches.batches(0);
  const { value } = await stream.next();
  await stream.return();
  if (value === undefined) return;
  tf.tidy(() => {
    const { images } = batches.tensors(value);
    // The stem, the first convolution of every block and those of shortcuts, as published for PWS; never a block's second.
    initializeFromData(network, images, { select: ({ name }) => !/\.conv[23]$/.test(name) });
  });
}

async function prepareAndTrain(
  { config, folder, signal, progress }: TrainRunOptions,
  unfinished: RunFolder | null,
  { always, onError }: CleanUp,
): Promise<TrainedRun> {
  const data = await openData(config);
  const length = runLength(config, data.training.ids.length);
  const schedule = scheduleOf(config, length);
  const network = buildNetwork(config, { classes: data.classes.length, channels: data.channels });
  onError.push(() => network.dispose());
  const batches = new TrainingBatches(config, data);
  always.push(() => batches.close());
  const optimizer = buildOptimizer(config, network);
  always.push(() => optimizer.dispose());
  const isFresh = unfinished === null || !(await unfinished.hasCheckpoint());
  const imported = isFresh ? await startFromWeights(config, network) : null;
  if (isFresh && config.model.dataDependentStart) await startFromData(network, batches);
  const run = unfinished ?? (await RunFolder.create(folder, config, describeEnvironment()));
  if (unfinished === null) {
    await claimRun(run);
    always.push(() => releaseRun(run));
  }
  await writeLabels(run, data);
  if (imported !== null) progress.message(imported);
  const { accumulate, ema, logEvery } = config.train;
  const average = ema === null ? null : new WeightAverage(network, { decay: ema });
  onError.push(() => average?.dispose());
  const parts = { model: network, optimizer, ...(average === null ? {} : { average }) };
  const start = await restore(run, config, parts, validateConfig);
  const events = await EventWriter.create(run.path, start.step);
  always.push(() => events.close());
  const clock = performance.now();
  const seconds = (): number => start.seconds + (performance.now() - clock) / 1000;
  const save = await checkpointWriter({ run, seed: config.seed, accumulate, seconds });
  const look =
    config.evaluate.inside === 'none' ? null : lookInside({ run, config, data, network, schedule });
  const evaluation = new PeriodicEvaluation({
    ...{ run, config, data, network, average, events, progress, signal },
    best: start.best,
    saveBest: (best) => save(run.bestCheckpoint, { model: network }, best.step, best),
    lookInside: look,
  });
  const { clipNorm } = config.optimizer;
  try {
    if (start.step === 0) await look?.(0);
    else if (isEvaluated(start.step, length) && (await evaluation.isOwed(start.step))) {
      await evaluation.evaluate(start.step);
    }
    const { step, end } = await trainLoop({
      batches: batches.batches(start.step * accumulate),
      tensors: (batch) => batches.tensors(batch),
      forward: batchLoss(network, config),
      capture: captures(config.train, length.totalSteps),
      precision: config.train.precision,
      recompute: config.train.recompute,
      onEager: (reason) => progress.message(eagerMessage(reason)),
      imagesIn: ({ shape }) => shape[0],
      ...{ optimizer, schedule, accumulate, logEvery, signal },
      totalSteps: length.totalSteps,
      startStep: start.step,
      evaluateEvery: length.evaluateEvery,
      evaluate: (at) => evaluation.evaluate(at),
      checkpointEvery: length.checkpointEvery,
      checkpoint: (at) => save(run.lastCheckpoint, parts, at, evaluation.best),
      afterUpdate: () => average?.update(),
      log: async (record) => {
        progress.update(record);
        await run.appendMetrics({ kind: 'train', ...record, seconds: seconds() });
        await events.scalars(record.step, {
          'train/loss': record.loss,
          'train/learningRate': record.learningRate,
          'speed/imagesPerSecond': record.imagesPerSecond,
          'speed/dataWaitSeconds': record.dataSeconds,
        });
      },
      ...(clipNorm === null ? {} : { clipNorm }),
    });
    progress.end();
    const scored = evaluation.latest?.step === step ? evaluation.latest.evaluation : null;
    return { run, config, data, network, average, evaluation: scored, step, end, seconds: seconds() };
  } catch (error) {
    progress.end();
    if (signal.aborted) throw error;
    if (error instanceof DivergedError) {
      throw await withRemedies(error, run, [
        `--set optimizer.learningRate=${Number((config.optimizer.learningRate / 3).toPrecision(2))}`,
        '--set optimizer.clipNorm=1',
        '--set optimizer.warmUpEpochs=1',
      ]);
    }
    throw await withWayBack(error, run, resumeCommand);
  }
}
