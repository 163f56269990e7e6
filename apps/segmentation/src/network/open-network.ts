/** The network that `evaluate` or `predict` is to use: a run's, or one with weights from elsewhere. */
import { dropAuxiliaryHead } from '@plumbline/models';
import { sources, type ConfigArguments } from '@plumbline/training/config';
import type * as tfl from '@tensorflow/tfjs-layers';
import { buildModel } from './build-model.ts';
import type { CheckpointName } from './checkpoint-option.ts';
import type { Config } from '../config/config.ts';
import { classCount } from '../data/open-data.ts';
import { loadConfig } from '../config/load-config.ts';
import { openTrained } from './open-trained.ts';
import { describeImport, loadWeights } from './start-weights.ts';

export interface NetworkArguments extends ConfigArguments {
  run?: string;
  checkpoint: CheckpointName;
  /** A safetensors file, for the network that preset, config and set describe. */
  weights?: string;
}

export interface Network {
  config: Config;
  model: tfl.LayersModel;
  /** For people. */
  origin: string;
  /** The same for the files that are written. */
  network: Record<string, string | number>;
}

/** @throws with one sentence when options are missing or contradict each other, or the network cannot be read. */
export async function openNetwork(options: NetworkArguments): Promise<Network> {
  const { run, checkpoint, weights, preset, config: file, set = [] } = options;
  if ((run === undefined) === (weights === undefined)) {
    throw new Error(
      `The command line has ${run === undefined ? 'neither' : 'both'} --run and --weights: name a run folder, or the ` +
        `safetensors file with the --preset of its network.`,
    );
  }
  if (run !== undefined) {
    if (preset !== undefined || file !== undefined || set.length > 0) {
      throw new Error(
        '--run brings its own configuration: leave out --preset, --config and --set, or use --weights.',
      );
    }
    const { config, model, step, averaged } = await openTrained(run, checkpoint);
    const which = typeof checkpoint === 'number' ? 'kept' : checkpoint;
    const origin = `${which} checkpoint of ${run}, step ${step}${averaged ? ', averaged weights' : ''}`;
    return { config, model, origin, network: { run, checkpoint, step } };
  }
  const path = String(weights);
  const config = await loadConfig(
    sources({ ...options, set: [...set, `model.weights=${JSON.stringify(path)}`] }),
  );
  const model = buildModel(config, classCount(config));
  const { report } = await loadWeights(path, model);
  console.log(describeImport(path, report));
  return { config, model: dropAuxiliaryHead(model), origin: `weights ${path}`, network: { weights: path } };
}
