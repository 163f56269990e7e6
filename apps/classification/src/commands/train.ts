import {
  describeComputation,
  freeRunFolder,
  refuseBesideResume,
  runToResume,
  untilInterrupted,
} from '@plumbline/training';
import { describeConfig } from '@plumbline/training/config';
import { configSchema, type Config } from '../config/config.ts';
import { configOf, type ConfigFlags } from '../config/flag-assignments.ts';
import { validateConfig } from '../config/load-config.ts';
import { performRun } from '../training/run.ts';
import { resumeCommand } from '../training/train-run.ts';

export interface TrainArguments extends ConfigFlags {
  run?: string;
  /** A run folder, or true for the unfinished run under `runs` that was last written to. */
  resume?: string | true;
}

/** Makes a new run or goes on with one, to its report. */
export const runToTheEnd = async (config: Config, folder: string, resume: boolean): Promise<void> => {
  console.log(describeComputation());
  await untilInterrupted(
    (context) => performRun({ config, folder, resume, ...context }),
    `: ${resumeCommand(folder)}`,
  );
};

/** Trains a new run, or goes on with the one of `--resume` under the configuration it was started with. */
export async function train(options: TrainArguments): Promise<void> {
  if (options.resume !== undefined) {
    refuseBesideResume(options, ['preset', 'config', 'set', 'dataset', 'data', 'recipe', 'weights', 'run']);
    const { folder, config } = await runToResume(options.resume, validateConfig);
    await runToTheEnd(config, folder, true);
    return;
  }
  const config = await configOf(options);
  const folder = options.run ?? (await freeRunFolder(`${config.dataset.name}-${config.model.recipe}`));
  console.log(describeConfig(configSchema, config));
  console.log(`Run folder: ${folder}`);
  await runToTheEnd(config, folder, false);
}
