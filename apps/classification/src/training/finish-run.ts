/** The end of a run: final scores, summary and report. */
import {
  claimRun,
  formatDuration,
  percent,
  releaseRun,
  withWayBack,
  type MetricsRecord,
  type Progress,
} from '@plumbline/training';
import { datasetTitle } from '../data/open-data.ts';
import { describeTransforms } from '../data/transforms.ts';
import { evaluate, type Evaluation } from '../evaluation/evaluate.ts';
import { networkTitle } from '../network/build-network.ts';
import { writeRunReport } from '../report/write-run-report.ts';
import type { RunSummary } from '../results/run-summary.ts';
import { resumeCommand, type TrainedRun } from './train-run.ts';
import { runLength } from './run-length.ts';

export interface FinishOptions {
  trained: TrainedRun;
  progress: Progress;
  signal: AbortSignal;
}

/**
 * Scores the trained network, and writes summary and report. Calling it again after an interruption does the whole of it again.
 *
 * @throws the signal's reason when it is raised; otherwise one sentence about bad data or an unwritable folder.
 */
export async function finishRun(options: FinishOptions): Promise<RunSummary> {
  const { run } = options.trained;
  await claimRun(run);
  try {
    return await scoreAndReport(options);
  } catch (error) {
    options.progress.end();
    throw options.signal.aborted ? error : await withWayBack(error, run, resumeCommand);
  } finally {
    await releaseRun(run);
  }
}

async function scoreAndReport({ trained, progress, signal }: FinishOptions): Promise<RunSummary> {
  const { run, config, data, network, average } = trained;
  const score = (): Promise<Evaluation> =>
    evaluate(network, data.test, { config, channels: data.channels, progress, signal });
  const evaluation = trained.evaluation ?? (await (average === null ? score() : average.use(score)));
  progress.end();
  const metrics = await run.readMetrics();
  const summary = summarize(trained, evaluation, metrics);
  await writeRunReport({ trained, evaluation, summary, metrics });
  await run.finish({ ...summary });
  progress.message(
    `${percent(summary.top1)} top-1${summary.top5 === null ? '' : `, ${percent(summary.top5)} top-5`} on ${data.test.ids.length} images of ${data.test.name} ` +
      `after the last step (best evaluation ${percent(summary.best.top1)}, chosen by the same images); ${formatDuration(summary.seconds)}.\nReport: ${run.report}`,
  );
  return summary;
}

/** How the run was made and scored, in a sentence. */
export function describeProtocol({ config, data, step }: TrainedRun): string {
  const { model, train, seed } = config;
  return (
    `${datasetTitle(config)}, ${networkTitle(model)}, ${model.recipe}, ${data.training.ids.length} training images, ${train.epochs} epochs (${step} steps) of ` +
    `${train.batchSize} images${train.accumulate > 1 ? ` × ${train.accumulate} accumulated` : ''}, seed ${seed}; ${describeTransforms(config)}; ` +
    `${data.test.ids.length} images of ${data.test.name}${train.ema === null ? '' : `, averaged weights (${train.ema})`}`
  );
}

/** The mean loss of the last epoch's lines in metrics.jsonl. */
function lastLoss(metrics: readonly MetricsRecord[], from: number): number | null {
  const losses = metrics.flatMap(({ kind, step, loss }) =>
    kind === 'train' && step > from && typeof loss === 'number' ? [loss] : [],
  );
  return losses.length === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

function summarize(
  trained: TrainedRun,
  { top1, top5, crossEntropy }: Evaluation,
  metrics: readonly MetricsRecord[],
): RunSummary {
  const { config, data, step, seconds } = trained;
  const { stepsPerEpoch } = runLength(config, data.training.ids.length);
  const best = metrics.reduce(
    (highest, record) =>
      record.kind === 'evaluation' && Number(record['top1']) > highest.top1
        ? { step: record.step, top1: Number(record['top1']) }
        : highest,
    { step, top1 },
  );
  return {
    ...{ step, seconds, top1, top5, crossEntropy, best },
    dataset: datasetTitle(config),
    network: networkTitle(config.model),
    recipe: config.model.recipe,
    batchSize: config.train.batchSize,
    accumulate: config.train.accumulate,
    seed: config.seed,
    trainingLoss: lastLoss(metrics, step - stepsPerEpoch),
    protocol: describeProtocol(trained),
  };
}
