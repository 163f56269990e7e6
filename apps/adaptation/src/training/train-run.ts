/** One training run: from configuration to a trained network, resumable at any checkpoint. */
import type { AdaptationPlan, DomainNetwork } from '@plumbline/adaptation';
import {
  checkpointWriter,
  claimRun,
  describeEnvironment,
  DivergedError,
  EventWriter,
  inRunFolder,
  releaseRun,
  restore,
  RunFolder,
  withRemedies,
  withWayBack,
  writeLabels,
  type CleanUp,
  type Progress,
} from '@plumbline/training';
import type { Config } from '../config/config.ts';
import { validateConfig } from '../config/load-config.ts';
import { openTask, type Task } from '../data/open-task.ts';
import { buildNetwork } from '../network/build-network.ts';
import { startFromWeights } from '../network/start-weights.ts';
import { requireApplicable } from './applicability.ts';
import { PeriodicEvaluation } from './periodic-evaluation.ts';
import { buildPlan } from './plan.ts';
import { placedStages, trainStage, type PlacedStage, type StageContext } from './stages.ts';
import { TaskLoader } from './step-batches.ts';

export interface TrainRunOptions {
  config: Config;
  /** The run folder: a new one, or with `resume` an unfinished one. */
  folder: string;
  resume: boolean;
  signal: AbortSignal;
  progress: Progress;
}

/** A network after training, and where its run lies; its model is the caller's. */
export interface TrainedRun {
  run: RunFolder;
  config: Config;
  task: Task;
  plan: AdaptationPlan;
  network: DomainNetwork;
  /** Optimizer steps done. */
  step: number;
  /** `stopped`: before the last step; a checkpoint was written, and the run can be resumed. */
  end: 'finished' | 'stopped';
  /** Seconds of training, evaluations included, over all resumptions. */
  seconds: number;
}

export const resumeCommand = (folder: string): string => `npm run adaptation -- train --resume "${folder}"`;

/**
 * Trains all stages of the method, or until `signal` is raised.
 *
 * @throws the signal's reason when it is raised during an evaluation; otherwise one sentence about bad data, a method that
 *   does not apply, an unwritable folder, or a loss that is no longer a number. The steps done are in the last checkpoint.
 */
export const trainRun = (options: TrainRunOptions): Promise<TrainedRun> =>
  inRunFolder(options, (unfinished, cleanUp) => prepareAndTrain(options, unfinished, cleanUp));

/** Evaluates the step that a run goes on from, where the loop was stopped between its checkpoint and its scores. */
async function evaluateIfOwed(
  step: number,
  stages: readonly PlacedStage[],
  { evaluation, config }: StageContext,
): Promise<void> {
  const stage = stages.find(({ begin, end }) => begin < step && step <= end);
  if (stage === undefined || (step % config.train.evaluateEvery !== 0 && step !== stage.end)) return;
  evaluation.forget(stage.begin);
  if (await evaluation.isOwed(step)) await evaluation.evaluate(step);
}

async function prepareAndTrain(
  { config, folder, signal, progress }: TrainRunOptions,
  unfinished: RunFolder | null,
  { always, onError }: CleanUp,
): Promise<TrainedRun> {
  requireApplicable(config);
  const task = await openTask(config);
  const plan = buildPlan(config);
  const network = buildNetwork(config, { classes: task.classes.length, channels: task.channels });
  onError.push(() => network.model.dispose());
  const loader = new TaskLoader(config, task);
  always.push(() => loader.close());
  const isFresh = unfinished === null || !(await unfinished.hasCheckpoint());
  const imported = isFresh ? await startFromWeights(config, network.model) : null;
  const run = unfinished ?? (await RunFolder.create(folder, config, describeEnvironment()));
  if (unfinished === null) {
    await claimRun(run);
    always.push(() => releaseRun(run));
  }
  await writeLabels(run, task);
  if (imported !== null) progress.message(imported);
  // Between two stages nothing but the network is carried over; a stage that was begun restores the rest itself.
  const start = await restore(run, config, { model: network.model }, validateConfig);
  const events = await EventWriter.create(run.path, start.step);
  always.push(() => events.close());
  const clock = performance.now();
  const seconds = (): number => start.seconds + (performance.now() - clock) / 1000;
  const save = await checkpointWriter({ run, seed: config.seed, seconds });
  const evaluation = new PeriodicEvaluation({
    ...{ run, config, task, network, events, progress, signal },
    best: start.best,
    saveBest: (best) => save(run.bestCheckpoint, { model: network.model }, best.step, best),
  });
  const context: StageContext = {
    run,
    config,
    task,
    network,
    loader,
    events,
    evaluation,
    save,
    seconds,
    progress,
    signal,
  };
  try {
    let { step } = start;
    let end: TrainedRun['end'] = 'finished';
    const stages = placedStages(plan);
    await evaluateIfOwed(step, stages, context);
    for (const stage of stages.filter((candidate) => candidate.end > start.step)) {
      ({ step, end } = await trainStage(stage, step, context));
      if (end === 'stopped') break;
    }
    progress.end();
    return { run, config, task, plan, network, step, end, seconds: seconds() };
  } catch (error) {
    progress.end();
    if (signal.aborted) throw error;
    if (error instanceof DivergedError) {
      throw await withRemedies(error, run, [
        `--set optimizer.learningRate=${Number((config.optimizer.learningRate / 3).toPrecision(2))}`,
        '--set optimizer.clipNorm=1',
      ]);
    }
    throw await withWayBack(error, run, resumeCommand);
  }
}
