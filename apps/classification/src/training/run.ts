/** A run from its configuration to its summary, or on from where it stopped. */
import { RunFolder, type Progress } from '@plumbline/training';
import type { Config } from '../config/config.ts';
import { validateConfig } from '../config/load-config.ts';
import type { RunSummary } from '../results/run-summary.ts';
import { finishRun } from './finish-run.ts';
import { trainRun } from './train-run.ts';

export interface PerformRunOptions {
  /** Of a new run; one that goes on has its own. */
  config: Config;
  /** The run folder: a new one, or with `resume` an unfinished one. */
  folder: string;
  resume: boolean;
  progress: Progress;
  signal: AbortSignal;
}

/**
 * Trains, evaluates and reports, and frees the network; null when it was stopped.
 *
 * @throws as `trainRun` and `finishRun`.
 */
export async function performRun({
  config: given,
  folder,
  resume,
  progress,
  signal,
}: PerformRunOptions): Promise<RunSummary | null> {
  const config = resume
    ? validateConfig(await (await RunFolder.open(folder)).readConfig(), `${folder}/config.json`)
    : given;
  const trained = await trainRun({ config, folder, resume, progress, signal });
  try {
    return trained.end === 'stopped' ? null : await finishRun({ trained, progress, signal });
  } finally {
    trained.average?.dispose();
    trained.network.dispose();
  }
}
