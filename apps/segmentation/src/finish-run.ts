/** The end of a run: final scores, predictions, summary and report. */
import { overlay, writeIndexMask, writeRgb } from '@plumbline/data';
import { readCheckpointMetadata, saveCheckpoint, writeReport, type Progress } from '@plumbline/training';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { RunEnvironment } from './environment.ts';
import { describeProtocol, evaluateModel, type EvaluationResult } from './evaluation.ts';
import { reportContent } from './report-content.ts';
import { withWayBack } from './resume.ts';
import { scoreLine, scoreTable } from './score-table.ts';
import type { TrainedRun } from './train-run.ts';

export interface FinishOptions {
  config: Config;
  trained: TrainedRun;
  progress: Progress;
  signal: AbortSignal;
}

/** Keeps the final weights as the best ones if no earlier evaluation was better. */
async function updateBest({ run, model, step }: TrainedRun, meanIoU: number | null): Promise<void> {
  const last = await readCheckpointMetadata(run.lastCheckpoint);
  if (meanIoU === null || (last.best !== null && last.best.score >= meanIoU)) return;
  await saveCheckpoint(run.bestCheckpoint, { model }, { ...last, best: { score: meanIoU, step } });
}

/**
 * Evaluates the trained network, writes a palette PNG and an overlay of every validation image to `predictions/`,
 * and the report. Calling it again after an interruption does the whole of it again.
 *
 * @throws the signal's reason when it is raised; otherwise one sentence about bad data or an unwritable folder.
 */
export async function finishRun(options: FinishOptions): Promise<EvaluationResult> {
  try {
    return await scoreAndReport(options);
  } catch (error) {
    options.progress.end();
    throw options.signal.aborted ? error : await withWayBack(error, options.trained.run);
  }
}

async function scoreAndReport({
  config,
  trained,
  progress,
  signal,
}: FinishOptions): Promise<EvaluationResult> {
  const { run, model, validation, step, seconds } = trained;
  const result = await evaluateModel({
    model,
    dataset: validation,
    config,
    signal,
    pictures: config.evaluate.pictures,
    onImage: (done, total) => progress.count(done, total, 'validation images'),
    onPrediction: async ({ id, original }, mask) => {
      await writeIndexMask(join(run.predictions, `${id}.png`), mask, validation.palette);
      await writeRgb(join(run.predictions, 'overlays', `${id}.jpg`), overlay(original, mask));
    },
  });
  const { scores, background, protocol } = result;
  await updateBest(trained, scores.meanIoU);
  await run.appendMetrics({ kind: 'evaluation', step, ...scores, protocol });
  const environment = JSON.parse(await readFile(run.file('environment.json'), 'utf8')) as RunEnvironment;
  const metrics = await run.readMetrics();
  await writeReport(
    run,
    reportContent({ config, result, dataset: validation, metrics, environment, step, seconds }),
  );
  await run.finish({
    step,
    seconds,
    recipe: config.model.recipe,
    batchSize: config.train.batchSize,
    seed: config.seed,
    meanIoU: scores.meanIoU,
    pixelAccuracy: scores.pixelAccuracy,
    backgroundMeanIoU: background.meanIoU,
    backgroundPixelAccuracy: background.pixelAccuracy,
    protocol: describeProtocol(protocol),
  });
  progress.message(`\n${scoreTable(validation.classes, scores)}`);
  progress.message(`${scoreLine(result)}; ${describeProtocol(protocol)}.`);
  progress.message(
    `Report:      ${run.report}\nPredictions: ${run.predictions}\nCheckpoint:  ${run.lastCheckpoint}`,
  );
  return result;
}
