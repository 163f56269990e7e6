/** A trained backbone from elsewhere. */
import { importWeights, stageLayers, type ImportReport } from '@plumbline/models';
import { useTrainedWeights } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';

/** Layers that are frozen could never learn to do what the file's did. */
function refuseFrozenStrangers(
  model: tfl.LayersModel,
  { freezeStages, freezeNorm, recipe }: Config['model'],
  { changedFunction }: ImportReport,
): void {
  const frozen = stageLayers(model, freezeStages);
  const stranger = changedFunction.find(
    ({ layer }) => frozen.has(layer) || (freezeNorm && layer.startsWith('backbone.')),
  );
  if (stranger === undefined) return;
  throw new Error(
    `With model.recipe ${recipe} the frozen layer ${stranger.layer} would not compute what the file's does (${stranger.why}): ` +
      'set model.keepKernels=true, take the recipe of the file, or freeze nothing.',
  );
}

/**
 * Sets the weights of `model.weights`, and says in a sentence what came of it; null where there is none.
 *
 * @throws with one sentence if the file cannot be read, does not hold the backbone, or would be frozen as something else.
 */
export async function startFromWeights(
  { model: options }: Config,
  model: tfl.LayersModel,
): Promise<string | null> {
  const { weights } = options;
  if (weights === null) return null;
  const { report } = await useTrainedWeights(weights, 'model.weights', (tensors) =>
    importWeights(model, tensors),
  );
  refuseFrozenStrangers(model, options, report);
  const { format, matched, changedFunction } = report;
  const [first] = changedFunction;
  return (
    `Weights from ${weights}, read as ${format}'s: ${matched.length} matched; ` +
    (first === undefined
      ? 'the backbone computes what the file’s does.'
      : `${changedFunction.length} layers do not compute what the file’s do (${first.layer}: ${first.why}).`)
  );
}
