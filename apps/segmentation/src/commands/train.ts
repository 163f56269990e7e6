import { interruptSignal, Progress, RunFolder } from '@plumbline/training';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { describeConfig } from '../config/describe-config.ts';
import type { EvaluationResult } from '../inference/evaluation.ts';
import { finishRun } from '../training/finish-run.ts';
import { loadConfig, validateConfig } from '../config/load-config.ts';
import { addedOptions, latestUnfinished, resumeCommand } from '../training/resume.ts';
import { trainRun } from '../training/train-run.ts';
import { dataRoot, sources, type ConfigArguments } from './config.ts';

export interface TrainArguments extends ConfigArguments {
  data?: string;
  weights?: string;
  run?: string;
  /** A run folder, or true for the unfinished run under `runs` that was last written to. */
  resume?: string | true;
}

const RUNS = 'runs';
/** New options that are named when a run goes on. */
const SHOWN = 5;

/** `runs/<name>-1`, or the first number that is free. */
export async function freeRunFolder(name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const folder = join(RUNS, `${name}-${number}`);
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

async function latest(): Promise<string> {
  const { folder, ago } = await latestUnfinished(RUNS);
  console.log(`Going on with ${folder}, last written to ${ago} ago.`);
  return folder;
}

async function goOn(folder: string): Promise<void> {
  const run = await RunFolder.open(folder);
  const tree = await run.readConfig();
  const config = validateConfig(tree, run.file('config.json'));
  const added = addedOptions(tree, config);
  if (added.length > 0) {
    const more = added.length > SHOWN ? ` and ${added.length - SHOWN} more` : '';
    console.log(
      `The run is older than some options; they say what was done without them: ${added.slice(0, SHOWN).join(', ')}${more}.`,
    );
  }
  await runToTheEnd(config, folder, true);
}

/** Trains a new run, or goes on with the one of `--resume` under the configuration it was started with. */
export async function train(options: TrainArguments): Promise<void> {
  if (options.resume !== undefined) {
    const ignored = NOT_WITH_RESUME.filter((name) => options[name] !== undefined && options[name].length > 0);
    if (ignored.length > 0) {
      throw new Error(
        `--resume goes on with the run's own configuration: leave out ${ignored.map((name) => `--${name}`).join(', ')}, or start a new run.`,
      );
    }
    await goOn(options.resume === true ? await latest() : options.resume);
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
