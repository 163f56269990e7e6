/** The end of a run: final scores, predictions, summary and report. */
import { overlay, writeIndexMask, writeRgb, type IndexMask, type SegmentationSample } from '@plumbline/data';
import {
  claimRun,
  readCheckpointMetadata,
  releaseRun,
  saveCheckpoint,
  withWayBack,
  writeReport,
  type Progress,
  type RunEnvironment,
} from '@plumbline/training';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { besideRaw, scoredApart } from '../inference/averaged-evaluation.ts';
import type { Config } from '../config/config.ts';
import { describeProtocol, type EvaluationResult } from '../inference/evaluation.ts';
import { reportContent } from './report-content.ts';
import { resumeCommand } from './resume.ts';
import { scoreLine, scoreTable } from '../inference/score-table.ts';
import type { TrainedRun } from './train-run.ts';
import { writeConfusion } from '../inference/write-scores.ts';

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

async function scoreAndReport(options: FinishOptions): Promise<EvaluationResult> {
  const { config, trained, progress, signal } = options;
  const { run, model, average, validation } = trained;
  const scoring = {
    model,
    dataset: validation,
    config,
    signal,
    pictures: config.evaluate.pictures,
    onImage: (done: number, total: number) => progress.count(done, total, 'validation images'),
    onPrediction: async ({ id, image }: SegmentationSample, mask: IndexMask) => {
      await writeIndexMask(join(run.predictions, `${id}.png`), mask, validation.palette);
      await writeRgb(
        join(run.predictions, 'overlays', `${id}.jpg`),
        overlay(image, mask, { palette: validation.palette }),
      );
    },
  };
  return scoredApart(average, scoring, (result, raw) => report(options, result, raw));
}

/** Writes all that follows from the scores; the weights that were scored are in the model. */
async function report(
  { config, trained, progress }: FinishOptions,
  result: EvaluationResult,
  raw: EvaluationResult | null,
): Promise<EvaluationResult> {
  const { run, validation, step, seconds } = trained;
  const { scores, background, protocol } = result;
  await updateBest(trained, scores.meanIoU);
  if (raw !== null)
    await run.appendMetrics({ kind: 'evaluation-raw', step, ...raw.scores, protocol: raw.protocol });
  await run.appendMetrics({ kind: 'evaluation', step, ...scores, protocol });
  const environment = JSON.parse(await readFile(run.file('environment.json'), 'utf8')) as RunEnvironment;
  const metrics = await run.readMetrics();
  await writeReport(
    run,
    reportContent({ config, result, dataset: validation, metrics, environment, step, seconds }),
  );
  await writeConfusion(run.file('confusion.svg'), validation, result);
  await run.finish({
    step,
    seconds,
    recipe: config.model.recipe,
    batchSize: config.train.batchSize,
    seed: config.seed,
    meanIoU: scores.meanIoU,
    pixelAccuracy: scores.pixelAccuracy,
    ...(raw === null ? {} : { rawMeanIoU: raw.scores.meanIoU, rawPixelAccuracy: raw.scores.pixelAccuracy }),
    ...(scores.boundaryF === undefined ? {} : { boundaryF: scores.boundaryF }),
    backgroundMeanIoU: background.meanIoU,
    backgroundPixelAccuracy: background.pixelAccuracy,
    protocol: describeProtocol(protocol),
  });
  progress.message(`\n${scoreTable(validation.classes, scores)}`);
  progress.message(`${scoreLine(result)}${besideRaw(raw)}; ${describeProtocol(protocol)}.`);
  progress.message(
    `Report:      ${run.report}\nConfusion:   ${run.file('confusion.svg')}\nPredictions: ${run.predictions}\nCheckpoint:  ${run.lastCheckpoint}`,
  );
  return result;
}
