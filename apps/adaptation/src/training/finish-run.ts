/** The end of a run: what the method does last, final scores, which step would have been chosen, summary and report. */
import { chooseStep, type ScoredStep } from '@plumbline/adaptation';
import {
  claimRun,
  formatDuration,
  percent,
  readCheckpointMetadata,
  releaseRun,
  saveCheckpoint,
  withWayBack,
  type MetricsRecord,
  type Progress,
} from '@plumbline/training';
import type { Config } from '../config/config.ts';
import { describeMethod } from '../config/describe-method.ts';
import type { Task } from '../data/open-task.ts';
import { describeTransforms } from '../data/transforms.ts';
import { evaluate, type Evaluation } from '../evaluation/evaluate.ts';
import { writeRunReport } from '../report/write-run-report.ts';
import type { RunSummary } from '../results/run-summary.ts';
import { placedStages, refreshContext } from './stages.ts';
import { resumeCommand, type TrainedRun } from './train-run.ts';

export interface FinishOptions {
  trained: TrainedRun;
  progress: Progress;
  signal: AbortSignal;
}

/** An evaluation as metrics.jsonl has it. */
interface RecordedEvaluation extends ScoredStep {
  readonly targetAccuracy: number;
}

const evaluationsIn = (metrics: readonly MetricsRecord[], kind: string): RecordedEvaluation[] =>
  metrics.filter((record) => record.kind === kind).map((record) => record as unknown as RecordedEvaluation);

/**
 * Adapts the trained network where the method does so at the end, evaluates it, and writes summary and report. Calling it
 * again after an interruption does the whole of it again.
 *
 * @throws the signal's reason when it is raised; otherwise one sentence about bad data or an unwritable folder.
 */
export async function finishRun(options: FinishOptions): Promise<RunSummary> {
  const { run } = options.trained;
  await claimRun(run);
  try {
    return await adaptScoreAndReport(options);
  } catch (error) {
    options.progress.end();
    throw options.signal.aborted ? error : await withWayBack(error, run, resumeCommand);
  } finally {
    await releaseRun(run);
  }
}

async function adaptScoreAndReport({ trained, progress, signal }: FinishOptions): Promise<RunSummary> {
  const { run, config, task, plan, network, step } = trained;
  const started = performance.now();
  const changesAtTheEnd = plan.afterTraining !== undefined || plan.answer !== undefined;
  await plan.afterTraining?.(refreshContext({ config, task, network, signal }));
  const evaluation = await evaluate({
    ...{ config, task, network, progress, signal },
    ...(plan.answer === undefined ? {} : { answer: plan.answer }),
  });
  progress.end();
  const final: RecordedEvaluation = { step, ...scoresOf(evaluation) };
  await run.appendMetrics({
    kind: 'final',
    ...final,
    sourceValidationAccuracy: evaluation.sourceValidationAccuracy,
  });
  if (plan.afterTraining !== undefined) await keepAdapted(trained);
  const metrics = await run.readMetrics();
  // What a method does last makes another network: the steps before are not what it could have chosen from.
  const lastStage = placedStages(plan).at(-1)?.begin ?? 0;
  const during = evaluationsIn(metrics, 'evaluation');
  const candidates = changesAtTheEnd ? [final] : during.filter((candidate) => candidate.step > lastStage);
  const summary = summarize({
    trained,
    evaluation,
    candidates,
    seconds: trained.seconds + (performance.now() - started) / 1000,
  });
  const before = changesAtTheEnd
    ? (during.findLast((record) => record.step === step)?.targetAccuracy ?? null)
    : null;
  const result: RunSummary = { ...summary, before };
  await writeRunReport({ trained, evaluation, summary: result, metrics, progress, signal });
  await run.finish({ ...result });
  progress.message(
    `Target accuracy of ${task.name}: ${percent(result.last)} at the last step` +
      `${before === null ? '' : ` (${percent(before)} before adapting)`}, ` +
      `${percent(result.chosen[config.evaluate.choose]?.accuracy ?? null)} chosen without target labels, ` +
      `${percent(result.oracle.accuracy)} oracle; ${formatDuration(result.seconds)}.\nReport: ${run.report}`,
  );
  return result;
}

const scoresOf = ({
  targetAccuracy,
  validators,
}: Evaluation): Pick<RecordedEvaluation, 'targetAccuracy' | 'validators'> => ({
  targetAccuracy,
  validators,
});

/** The adapted network is what the run is for. */
async function keepAdapted({ run, network }: TrainedRun): Promise<void> {
  const last = await readCheckpointMetadata(run.lastCheckpoint);
  await saveCheckpoint(run.bestCheckpoint, { model: network.model }, last);
}

/** How the run was made and scored, in a sentence. */
export function describeProtocol(config: Config, task: Task, step: number): string {
  const { model, train, seed } = config;
  return (
    `${task.name}, ${describeMethod(config.method)}, ${model.recipe}, ${step} steps of ${train.sourceBatch} + ${train.targetBatch} images, ` +
    `domains ${train.domainBatching}, seed ${seed}; ${describeTransforms(config)}; ${task.evaluation}`
  );
}

interface SummaryInput {
  trained: TrainedRun;
  evaluation: Evaluation;
  candidates: readonly RecordedEvaluation[];
  seconds: number;
}

function summarize({ trained, evaluation, candidates, seconds }: SummaryInput): Omit<RunSummary, 'before'> {
  const { config, task, step } = trained;
  const at = (wanted: number): { step: number; accuracy: number } => ({
    step: wanted,
    accuracy: candidates.find((candidate) => candidate.step === wanted)?.targetAccuracy ?? NaN,
  });
  const oracle = candidates.reduce(
    (best, { step: candidate, targetAccuracy }) =>
      targetAccuracy > best.accuracy ? { step: candidate, accuracy: targetAccuracy } : best,
    { step, accuracy: evaluation.targetAccuracy },
  );
  return {
    step,
    seconds,
    task: task.name,
    method: config.method.name,
    recipe: config.model.recipe,
    domainBatching: config.train.domainBatching,
    seed: config.seed,
    sourceValidationAccuracy: evaluation.sourceValidationAccuracy,
    last: evaluation.targetAccuracy,
    chosen: Object.fromEntries(
      Object.entries(chooseStep(candidates)).map(([name, chosen]) => [name, at(chosen)]),
    ),
    oracle,
    protocol: describeProtocol(config, task, step),
  };
}
