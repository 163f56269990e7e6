/** One run of a ladder, from nothing or from where it stopped, to its scores. */
import { RunFolder, type Progress } from '@plumbline/training';
import type { Config } from '../config/config.ts';
import type { EvaluationResult } from '../inference/evaluation.ts';
import { finishRun } from '../training/finish-run.ts';
import { validateConfig } from '../config/load-config.ts';
import { trainRun } from '../training/train-run.ts';

export interface RunCellOptions {
  config: Config;
  /** The run folder; where it holds an unfinished run, that goes on. */
  folder: string;
  resume: boolean;
  signal: AbortSignal;
  progress: Progress;
}

/**
 * Trains, evaluates and reports as `train` does, and frees the network; null when it was stopped.
 *
 * @throws as `trainRun` and `finishRun`.
 */
export async function runCell({
  config,
  folder,
  resume,
  signal,
  progress,
}: RunCellOptions): Promise<EvaluationResult | null> {
  const current = resume
    ? validateConfig(await (await RunFolder.open(folder)).readConfig(), `${folder}/config.json`)
    : config;
  const trained = await trainRun({ config: current, folder, resume, signal, progress });
  try {
    if (trained.end === 'stopped') return null;
    return await finishRun({ config: trained.config, trained, progress, signal });
  } finally {
    trained.average?.dispose();
    trained.model.dispose();
  }
}
