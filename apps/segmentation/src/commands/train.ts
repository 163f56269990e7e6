import { interruptSignal, Progress, RunFolder } from '@plumbline/training';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { describeConfig } from '../describe-config.ts';
import type { EvaluationResult } from '../evaluation.ts';
import { finishRun } from '../finish-run.ts';
import { loadConfig, validateConfig } from '../load-config.ts';
import { resumeCommand } from '../resume.ts';
import { trainRun } from '../train-run.ts';
import { sources, type ConfigArguments } from './config.ts';

export interface TrainArguments extends ConfigArguments {
  data?: string;
  weights?: string;
  run?: string;
  resume?: string;
}

/** `runs/<name>-1`, or the first number that is free. */
export async function freeRunFolder(name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const folder = join('runs', `${name}-${number}`);
    const taken = await stat(folder).then(
      () => true,
      () => false,
    );
    if (!taken) return folder;
  }
}

/** Trains a new run or goes on with one, then evaluates and reports it; null when it was stopped. */
export async function runToTheEnd(
  config: Config,
  folder: string,
  resume: boolean,
): Promise<EvaluationResult | null> {
  const progress = new Progress();
  const interrupt = interruptSignal(() => {
    progress.message('Stopping with a checkpoint after this step; Ctrl-C again ends at once, without one.');
  });
  try {
    const trained = await trainRun({ config, folder, resume, progress, signal: interrupt.signal });
    if (trained.end === 'finished') {
      return await finishRun({ config: trained.config, trained, progress, signal: interrupt.signal });
    }
  } catch (error) {
    if (!interrupt.signal.aborted || error !== interrupt.signal.reason) throw error;
  } finally {
    interrupt.release();
  }
  console.error(`Stopped; everything is kept. Go on with: ${resumeCommand(folder)}`);
  process.exitCode = 130;
  return null;
}

const NOT_WITH_RESUME = ['preset', 'config', 'set', 'data', 'weights', 'run'] as const;

/** Trains a new run, or goes on with the one of `--resume` under the configuration it was started with. */
export async function train(options: TrainArguments): Promise<void> {
  if (options.resume !== undefined) {
    const ignored = NOT_WITH_RESUME.filter((name) => options[name] !== undefined && options[name].length > 0);
    if (ignored.length > 0) {
      throw new Error(
        `--resume goes on with the run's own configuration: leave out ${ignored.map((name) => `--${name}`).join(', ')}, or start a new run.`,
      );
    }
    const run = await RunFolder.open(options.resume);
    const config = validateConfig(await run.readConfig(), run.file('config.json'));
    await runToTheEnd(config, options.resume, true);
    return;
  }
  const { data, weights } = options;
  const set = [
    ...(options.set ?? []),
    ...(data === undefined ? [] : [`data.root=${data}`]),
    ...(weights === undefined ? [] : [`model.weights=${JSON.stringify(weights)}`]),
  ];
  const config = await loadConfig(sources({ ...options, set }));
  const folder = options.run ?? (await freeRunFolder(`${options.preset ?? 'train'}-${config.model.recipe}`));
  console.log(describeConfig(config));
  console.log(`Run folder: ${folder}`);
  await runToTheEnd(config, folder, false);
}
