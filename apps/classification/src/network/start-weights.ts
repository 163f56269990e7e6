/** Trained weights from elsewhere. */
import { importWeights } from '@plumbline/models';
import { useTrainedWeights } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';

/**
 * Sets the weights of `model.weights`, and says in a sentence what came of it; null where there is none. The classifier is the
 * file's where it has as many classes.
 *
 * @throws with one sentence if the file cannot be read, or does not hold the network.
 */
export async function startFromWeights(
  { model }: Config,
  network: tfl.LayersModel,
  classifier: 'fitting' | 'required' = 'fitting',
): Promise<string | null> {
  const { weights } = model;
  if (weights === null) return null;
  // SqueezeNet's last layer is a convolution as the others, and like them must be in the file.
  const wanted = model.network.name === 'squeezenet' ? 'none' : classifier;
  const { report } = await useTrainedWeights(weights, 'model.weights', (tensors) =>
    importWeights(network, tensors, { classifier: wanted }),
  );
  const { format, matched, missing, changedFunction } = report;
  const [first] = changedFunction;
  return [
    `Weights from ${weights}, read as ${format}'s: ${matched.length} matched`,
    ...(missing.length === 0
      ? []
      : [`${missing.length} are not in the file and begin at random (${missing[0]} …)`]),
    first === undefined
      ? 'its layers compute what the file’s do'
      : `${changedFunction.length} layers do not compute what the file’s do (${first.layer}: ${first.why})`,
  ].join('; ');
}
