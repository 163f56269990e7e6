/** Writes what people look at after a run: report.html, and the confusion matrix behind it. */
import {
  environmentFacts,
  formatDuration,
  writeFileAtomic,
  type MetricsRecord,
  type ReportFacts,
  type RunEnvironment,
} from '@plumbline/training';
import { describeConfig } from '@plumbline/training/config';
import { readFile } from 'node:fs/promises';
import { configSchema } from '../config/config.ts';
import { describeOptimizer } from '../config/describe-optimizer.ts';
import { datasetTitle } from '../data/open-data.ts';
import { describeTransforms } from '../data/transforms.ts';
import type { Evaluation } from '../evaluation/evaluate.ts';
import { readInside } from '../inside/inside-record.ts';
import { networkTitle } from '../network/build-network.ts';
import { initialRate } from '../network/optimizer.ts';
import type { RunSummary } from '../results/run-summary.ts';
import type { TrainedRun } from '../training/train-run.ts';
import { renderClassificationReport } from './render-classification-report.ts';

export interface RunReportInput {
  trained: TrainedRun;
  evaluation: Evaluation;
  summary: RunSummary;
  metrics: readonly MetricsRecord[];
}

function describeTraining({ config, data, step, seconds }: TrainedRun): ReportFacts {
  const { model, train, loss } = config;
  return {
    'Data set': `${datasetTitle(config)}, ${data.classes.length} classes`,
    Training: `${data.training.ids.length} images of ${data.training.name}`,
    Evaluation: `${data.test.ids.length} images of ${data.test.name}`,
    Network: `${networkTitle(model)}, ${model.weights === null ? 'random initial weights' : `weights from ${model.weights}`}`,
    Normalization: `${model.recipe}${model.dataDependentStart ? ', its scales set by the first images' : ''}`,
    'Images per forward pass': train.batchSize,
    'Images per optimizer step': train.batchSize * train.accumulate,
    Epochs: `${train.epochs}, ${step} steps`,
    Images: describeTransforms(config),
    Loss:
      `cross-entropy${loss.labelSmoothing > 0 ? `, label smoothing ${loss.labelSmoothing}` : ''}` +
      (loss.mixup === null ? '' : `, mixup ${loss.mixup}`),
    Optimizer: describeOptimizer(config),
    'Learning rate at the start': initialRate(config),
    ...(train.precision === 'float32' ? {} : { Precision: train.precision }),
    ...(train.ema === null ? {} : { 'Weights scored': `their moving average, decay ${train.ema}` }),
    Seed: config.seed,
    Time: formatDuration(seconds),
  };
}

/** @throws with one sentence if the folder cannot be written. */
export async function writeRunReport({
  trained,
  evaluation,
  summary,
  metrics,
}: RunReportInput): Promise<void> {
  const { run, config, data } = trained;
  await run.writeJson('confusion.json', { classes: data.classes, counts: [...evaluation.confusion] });
  const environment = JSON.parse(await readFile(run.file('environment.json'), 'utf8')) as RunEnvironment;
  await writeFileAtomic(
    run.report,
    await renderClassificationReport({
      ...{ summary, metrics, classes: data.classes, confusion: evaluation.confusion },
      inside: await readInside(run.file('inside.jsonl')),
      protocol: describeTraining(trained),
      environment: environmentFacts(environment),
      configuration: describeConfig(configSchema, config),
    }),
  );
}
