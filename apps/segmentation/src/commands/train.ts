import {
  describeComputation,
  freeRunFolder,
  refuseBesideResume,
  runToResume,
  untilInterrupted,
} from '@plumbline/training';
import { sources, type ConfigArguments } from '@plumbline/training/config';
import type { Config } from '../config/config.ts';
import { describeConfig } from '../config/describe-config.ts';
import type { EvaluationResult } from '../inference/evaluation.ts';
import { finishRun } from '../training/finish-run.ts';
import { loadConfig, validateConfig } from '../config/load-config.ts';
import { resumeCommand } from '../training/resume.ts';
import { trainRun } from '../training/train-run.ts';
import { dataRoot } from './config.ts';

export interface TrainArguments extends ConfigArguments {
  data?: string;
  weights?: string;
  run?: string;
  /** A run folder, or true for the unfinished run under `runs` that was last written to. */
  resume?: string | true;
}

/** Trains a new run or goes on with one, then evaluates and reports it; null when it was stopped. */
export async function runToTheEnd(
  config: Config,
  folder: string,
  resume: boolean,
): Promise<EvaluationResult | null> {
  console.log(describeComputation());
  return untilInterrupted(
    async ({ progress, signal }) => {
      const trained = await trainRun({ config, folder, resume, progress, signal });
      if (trained.end === 'stopped') return null;
      return finishRun({ config: trained.config, trained, progress, signal });
    },
    `: ${resumeCommand(folder)}`,
  );
}

const NOT_WITH_RESUME = ['preset', 'config', 'set', 'data', 'weights', 'run'] as const;

/** Trains a new run, or goes on with the one of `--resume` under the configuration it was started with. */
export async function train(options: TrainArguments): Promise<void> {
  if (options.resume !== undefined) {
    refuseBesideResume(options, NOT_WITH_RESUME);
    const { folder, config } = await runToResume(options.resume, validateConfig);
    await runToTheEnd(config, folder, true);
    return;
  }
  const { data, weights } = options;
  const set = [
    ...(options.set ?? []),
    ...dataRoot(data),
    ...(weights === undefined ? [] : [`model.weights=${JSON.stringify(weights)}`]),
  ];
  const config = await loadConfig(sources({ ...options, set }));
  const folder = options.run ?? (await freeRunFolder(`${options.preset ?? 'train'}-${config.model.recipe}`));
  console.log(describeConfig(config));
  console.log(`Run folder: ${folder}`);
  await runToTheEnd(config, folder, false);
}
