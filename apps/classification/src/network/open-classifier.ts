/** A network to answer with: a run's, or trained weights from elsewhere. */
import { IMAGENET_CLASSES } from '@plumbline/data';
import type { Labels } from '@plumbline/training';
import { configOf, type ConfigFlags } from '../config/flag-assignments.ts';
import type { Config } from '../config/config.ts';
import { openTest } from '../data/open-data.ts';
import { buildNetwork } from './build-network.ts';
import { openTrained, type CheckpointName, type TrainedNetwork } from './open-trained.ts';
import { startFromWeights } from './start-weights.ts';

/** A run, or weights with the configuration that they are for. */
export interface ClassifierFlags extends ConfigFlags {
  /** Run folder. */
  run?: string;
  checkpoint?: CheckpointName;
  /** Whether mirror images are asked too; left out: as the configuration says. */
  flip?: boolean;
}

/** What a network with weights from elsewhere answers with: what its data set says, which of ImageNet need not be there. */
async function labelsOf(config: Config): Promise<Labels> {
  if (config.dataset.name === 'imagenet') {
    // Where it is, it may have a list of names of its own.
    const own = (await openTest(config).catch(() => null))?.classes ?? [];
    const all = IMAGENET_CLASSES.map(({ name }) => name);
    return { classes: own.length === all.length ? [...own] : all, channels: 3 };
  }
  const { classes, pixels } = await openTest(config);
  return { classes: [...classes], channels: pixels.kind === 'memory' ? pixels.channels : 3 };
}

async function openWeights(flags: ClassifierFlags): Promise<TrainedNetwork> {
  const config = await configOf(flags);
  const labels = await labelsOf(config);
  const network = buildNetwork(config, { classes: labels.classes.length, channels: labels.channels });
  try {
    console.log(await startFromWeights(config, network, 'required'));
    return { ...labels, config, network };
  } catch (error) {
    network.dispose();
    throw error;
  }
}

/**
 * A run answers under its own configuration.
 *
 * @throws if one of `names` stands beside `--run`, where it would be ignored.
 */
export function refuseBesideRun(flags: ClassifierFlags, names: readonly (keyof ConfigFlags)[]): void {
  const ignored = names.filter((name) => (flags[name]?.length ?? 0) > 0);
  if (flags.run === undefined || ignored.length === 0) return;
  throw new Error(
    `--run answers under the run's own configuration: leave out ${ignored.map((name) => `--${name}`).join(', ')}.`,
  );
}

const withFlip = (config: Config, flip: boolean | undefined): Config =>
  flip === undefined ? config : { ...config, evaluate: { ...config.evaluate, flip } };

/** @throws with one sentence if neither a run nor weights are named, or both, or they cannot be read. */
export async function openClassifier(flags: ClassifierFlags): Promise<TrainedNetwork> {
  const { run, checkpoint, weights, flip } = flags;
  if ((run === undefined) === (weights === undefined)) {
    throw new Error(
      'Name the network that answers: --run with a run folder, or --weights with a file of trained weights and the --preset it is for.',
    );
  }
  refuseBesideRun(flags, ['preset', 'config', 'set', 'recipe']);
  const opened = run === undefined ? await openWeights(flags) : await openTrained(run, checkpoint);
  return { ...opened, config: withFlip(opened.config, flip) };
}
