/** Writes what people look at after a run: report.html, and the analysis behind it as analysis.json. */
import {
  domainDrift,
  embedFeatures,
  predictedClasses,
  proxyADistance,
  type ADistance,
  type LayerDrift,
} from '@plumbline/adaptation';
import {
  environmentFacts,
  formatDuration,
  writeFileAtomic,
  type MetricsRecord,
  type Progress,
  type ReportFacts,
  type RunEnvironment,
} from '@plumbline/training';
import { describeConfig } from '@plumbline/training/config';
import type * as tf from '@tensorflow/tfjs-core';
import { readFile } from 'node:fs/promises';
import { configSchema } from '../config/config.ts';
import { describeMethod } from '../config/describe-method.ts';
import { describeOptimizer } from '../config/describe-optimizer.ts';
import { describeTransforms } from '../data/transforms.ts';
import { evaluationTensors } from '../evaluation/answers.ts';
import type { Evaluation } from '../evaluation/evaluate.ts';
import { backboneName, bottleneckName } from '../network/build-network.ts';
import { effectiveRecipe } from '../network/effective-recipe.ts';
import type { RunSummary } from '../results/run-summary.ts';
import type { TrainedRun } from '../training/train-run.ts';
import type { ReportEmbedding } from './adaptation-report.ts';
import { renderAdaptationReport } from './render-adaptation-report.ts';

export interface RunReportInput {
  trained: TrainedRun;
  evaluation: Evaluation;
  summary: RunSummary;
  metrics: readonly MetricsRecord[];
  progress: Progress;
  signal: AbortSignal;
}

/** What is looked for beyond scores. */
interface Analysis {
  aDistance: ADistance | null;
  drift: LayerDrift[];
  embedding: ReportEmbedding | null;
}

/** Images of each domain that activations are compared on. */
const DRIFT_IMAGES = 512;
/** Fewer of a domain say nothing about how its features lie. */
const LEAST_IMAGES = 5;

async function analyse({ trained, evaluation, signal }: RunReportInput): Promise<Analysis> {
  const { config, task, network } = trained;
  const { sourceValidation, test } = evaluation;
  async function* images(set: TrainedRun['task']['test']): AsyncGenerator<tf.Tensor4D> {
    const options = { config, channels: task.channels, limit: DRIFT_IMAGES, signal };
    for await (const batch of evaluationTensors(set, options)) yield batch.images;
  }
  const drift = await domainDrift(network.model, images(task.sourceValidation), images(task.test));
  const rows = [sourceValidation, test].map(({ features }) => features.rows);
  if (config.evaluate.analysis === 'brief' || Math.min(...rows) < LEAST_IMAGES) {
    return { drift, aDistance: null, embedding: null };
  }
  const features = { source: sourceValidation.features, target: test.features };
  return {
    drift,
    aDistance: proxyADistance(features, config.seed),
    embedding: {
      places: embedFeatures(features, config.seed),
      sourceLabels: task.sourceValidation.labels,
      targetPredictions: predictedClasses(test.logits),
    },
  };
}

function describeTraining({ config, task, step, seconds }: TrainedRun): ReportFacts {
  const { model, train } = config;
  const built = effectiveRecipe(config);
  return {
    Task: `${task.name}, ${task.classes.length} classes`,
    Source: `${task.source.name}, ${task.source.ids.length} images; ${task.sourceValidation.ids.length} others for validation`,
    Target: `${task.target.name}, ${task.target.ids.length} images without labels`,
    Evaluation: task.evaluation,
    Network: `${backboneName(model)}, ${model.weights === null ? 'random initial weights' : `weights from ${model.weights}`}, ${bottleneckName(model)}`,
    Normalization: built === model.recipe ? built : `${built}, in the place of ${model.recipe}`,
    'Domains in a step': train.domainBatching,
    Method: describeMethod(config.method),
    'Images per step': `${train.sourceBatch} of the source, ${train.targetBatch} of the target`,
    Steps: step,
    Images: describeTransforms(config),
    Optimizer: describeOptimizer(config),
    Seed: config.seed,
    Time: formatDuration(seconds),
  };
}

/** @throws the signal's reason when it is raised; otherwise one sentence if the folder cannot be written. */
export async function writeRunReport(input: RunReportInput): Promise<void> {
  const { trained, evaluation, summary, metrics } = input;
  const { run, config, task } = trained;
  const { aDistance, drift, embedding } = await analyse(input);
  await run.writeJson('analysis.json', { confusion: [...evaluation.confusion], aDistance, drift });
  const environment = JSON.parse(await readFile(run.file('environment.json'), 'utf8')) as RunEnvironment;
  await writeFileAtomic(
    run.report,
    await renderAdaptationReport({
      ...{ summary, metrics, aDistance, drift, embedding },
      protocol: describeTraining(trained),
      classes: task.classes,
      confusion: evaluation.confusion,
      environment: environmentFacts(environment),
      configuration: describeConfig(configSchema, config),
    }),
  );
}
