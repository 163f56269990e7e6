/** The stages of a plan: each one method, with heads and an optimizer of its own, for a number of steps. */
import {
  trainingStep,
  type AdaptationMethod,
  type AdaptationPlan,
  type DomainNetwork,
  type MethodLoss,
  type RefreshContext,
  type Stage,
  type TrainingStep,
} from '@plumbline/adaptation';
import {
  eagerMessage,
  restore,
  restrictedTo,
  trainLoop,
  type CheckpointParts,
  type CheckpointWriter,
  type EventWriter,
  type ForwardResult,
  type Optimizer,
  type Progress,
  type RunFolder,
  type TrainOutcome,
  type TrainRecord,
} from '@plumbline/training';
import { captures } from '@plumbline/training/config';
import { tf } from '@plumbline/runtime';
import { validateConfig } from '../config/load-config.ts';
import type { Config } from '../config/config.ts';
import type { Task } from '../data/open-task.ts';
import { evaluationTensors } from '../evaluation/answers.ts';
import { buildOptimizer, headVariables, stageSchedule } from '../network/optimizer.ts';
import type { PeriodicEvaluation } from './periodic-evaluation.ts';
import type { StepTensors, TaskLoader } from './step-batches.ts';

/** A stage and the steps of the run that it has: from `begin`, before `end`. */
export interface PlacedStage extends Stage {
  readonly index: number;
  readonly begin: number;
  readonly end: number;
}

export function placedStages({ stages }: AdaptationPlan): PlacedStage[] {
  let begin = 0;
  return stages.map((stage, index) => {
    const placed = { ...stage, index, begin, end: begin + stage.steps };
    begin = placed.end;
    return placed;
  });
}

/** What the stages of a run share. */
export interface StageContext {
  run: RunFolder;
  config: Config;
  task: Task;
  network: DomainNetwork;
  loader: TaskLoader;
  events: EventWriter;
  evaluation: PeriodicEvaluation;
  save: CheckpointWriter;
  /** Of training so far. */
  seconds: () => number;
  progress: Progress;
  signal: AbortSignal;
}

/** All target training images without labels, for pseudo-labels and statistics. */
export const refreshContext = ({
  config,
  task,
  network,
  signal,
}: Pick<StageContext, 'config' | 'task' | 'network' | 'signal'>): RefreshContext => ({
  network,
  targetBatches: () => evaluationTensors(task.target, { config, channels: task.channels, signal }),
  targetCount: task.target.ids.length,
});

/**
 * Trains a stage from `step` of the run, its first or one with a checkpoint, to its end or until the signal is raised.
 *
 * @throws as `trainLoop`.
 */
export async function trainStage(
  stage: PlacedStage,
  step: number,
  context: StageContext,
): Promise<TrainOutcome> {
  const { config, task, network } = context;
  const [features, logits] = network.model.outputs;
  const method = stage.method({
    featureCount: features?.shape.at(-1) ?? 0,
    classCount: logits?.shape.at(-1) ?? 0,
    targetCount: task.target.ids.length,
    totalSteps: stage.steps,
    // Heads of different stages must not begin alike.
    seed: config.seed + stage.index,
  });
  method.onBegin?.(network);
  const isTrained = (name: string): boolean => method.trains?.(name) ?? true;
  const further = method.furtherUpdates ?? [];
  // One optimizer, so that a weight that several updates change has one momentum.
  const whole = buildOptimizer(
    config,
    network,
    method,
    (name) => isTrained(name) || further.some((update) => update.trains(name)),
  );
  const parts: CheckpointParts = {
    model: network.model,
    optimizer: whole,
    state: [...headVariables(method), ...(method.state?.() ?? [])],
  };
  try {
    context.evaluation.forget(stage.begin);
    if (step > stage.begin) await restore(context.run, config, parts, validateConfig);
    return await runLoop({ stage, step, context, method, parts, whole, isTrained });
  } finally {
    whole.dispose();
    method.dispose();
  }
}

interface LoopOptions {
  stage: PlacedStage;
  step: number;
  context: StageContext;
  method: AdaptationMethod;
  parts: CheckpointParts;
  /** Of every weight that some update of the method changes. */
  whole: Optimizer;
  /** Whether the method's first update changes a weight. */
  isTrained: (weight: string) => boolean;
}

async function runLoop({ stage, step, context, method, ...rest }: LoopOptions): Promise<TrainOutcome> {
  const { parts, whole, isTrained } = rest;
  const { config, network, loader, evaluation, save, run, signal, progress } = context;
  const { logEvery, evaluateEvery, checkpointEvery } = config.train;
  const { clipNorm } = config.optimizer;
  const schedule = stageSchedule(config);
  const forward =
    (loss: (step: TrainingStep) => MethodLoss) =>
    (batches: StepTensors): ForwardResult => {
      const { total, terms } = loss(trainingStep(network, batches));
      return { loss: total, weight: tf.scalar(1), terms };
    };
  const before = async (at: number): Promise<void> => {
    const ofStage = at - stage.begin;
    const { refresh } = method;
    if (refresh !== undefined && ofStage % (refresh.everyEpochs * loader.targetStepsPerEpoch) === 0) {
      await refresh.run(refreshContext(context));
    }
    method.onStep?.(ofStage);
  };
  return trainLoop({
    batches: loader.steps(method, step, before),
    tensors: (images) => loader.tensors(images),
    forward: forward((trained) => method.loss(trained)),
    capture: captures(config.train, stage.steps),
    precision: config.train.precision,
    recompute: config.train.recompute,
    onEager: (reason) => progress.message(eagerMessage(reason)),
    furtherUpdates: (method.furtherUpdates ?? []).map((update) => ({
      forward: forward(update.loss),
      optimizer: restrictedTo(whole, update.trains),
    })),
    imagesIn: ({ source, target }) => (source?.shape[0] ?? 0) + (target?.shape[0] ?? 0),
    optimizer: method.furtherUpdates === undefined ? whole : restrictedTo(whole, isTrained),
    schedule: (at) => schedule(at - stage.begin),
    totalSteps: stage.end,
    startStep: step,
    logEvery,
    evaluateEvery,
    checkpointEvery,
    evaluate: (at) => evaluation.evaluate(at),
    checkpoint: (at) => save(run.lastCheckpoint, parts, at, evaluation.best),
    log: async (record) => logStep(record, method, context),
    signal,
    ...(clipNorm === null ? {} : { clipNorm }),
  });
}

async function logStep(
  record: TrainRecord,
  { name }: AdaptationMethod,
  { config, run, events, progress, seconds }: StageContext,
): Promise<void> {
  const { step, terms, dataSeconds, stepSeconds } = record;
  const totalSteps = config.train.steps;
  // The loop knows its stage; whoever watches waits for the run.
  const etaSeconds = (totalSteps - step) * (dataSeconds + stepSeconds);
  progress.update({ ...record, totalSteps, etaSeconds });
  await run.appendMetrics({ kind: 'train', ...record, method: name, seconds: seconds() });
  await events.scalars(step, {
    'train/loss': record.loss,
    'train/learningRate': record.learningRate,
    ...Object.fromEntries(Object.entries(terms).map(([term, value]) => [`train/${term}`, value])),
    'speed/imagesPerSecond': record.imagesPerSecond,
    'speed/dataWaitSeconds': dataSeconds,
  });
}
