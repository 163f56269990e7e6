// AdaBN: a network trained on the source takes over the target's statistics in its batch normalizations.
//
// Li, Wang, Shi, Liu, Hou: "Revisiting Batch Normalization For Practical Domain Adaptation", 2016, arXiv 1603.04779. The
// mathematics: adaptBatchNorm of @plumbline/norm. Training batches must be of one domain, as the source's are here.

import {
  adaptBatchNorm,
  BatchNorm,
  DomainSpecificBatchNorm,
  hasRunningStatistics,
  leafLayers,
  type AdaptBatchNormOptions,
  type StatisticShift,
} from '@plumbline/norm';
import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { AdaptationPlan, RefreshContext } from '../method.ts';
import { singleStage, type MethodFactory, type PlanLength } from './plan.ts';
import { sourceOnly } from './source-only.ts';

export interface AdaBnOptions extends Pick<
  AdaptBatchNormOptions,
  'method' | 'alpha' | 'batchShare' | 'onPass'
> {
  /** What trains the network. Default: the source alone. */
  training?: MethodFactory;
  /** Is told how far each layer's statistics moved. */
  onAdapted?: (shifts: ReadonlyMap<string, StatisticShift>) => void;
}

/** Training, then the statistics of all target training images: `exact` (default), `one-pass` or `moving-average`. */
export const adaBn = (
  { training = sourceOnly(), onAdapted = () => undefined, ...options }: AdaBnOptions,
  { steps }: PlanLength,
): AdaptationPlan => ({
  ...singleStage(training, steps),
  unsuited: withoutAdaptableStatistics,
  afterTraining: async ({ network, targetBatches }) => {
    onAdapted(await adaptBatchNorm(network.model, () => imagesOf(targetBatches), options));
  },
});

async function* imagesOf(targetBatches: RefreshContext['targetBatches']): AsyncGenerator<tf.Tensor4D> {
  for await (const { images } of targetBatches()) yield images;
}

function withoutAdaptableStatistics(model: tfl.LayersModel): string | null {
  const layers = leafLayers(model).flatMap(({ layer }) => (hasRunningStatistics(layer) ? [layer] : []));
  if (layers.length === 0)
    return 'AdaBN replaces the running statistics of batch normalizations, and this network has none: use a recipe with bn.';
  const specific = layers.find((layer) => layer instanceof DomainSpecificBatchNorm);
  if (specific !== undefined)
    return (
      `AdaBN gives one batch normalization the target's statistics, and layer "${specific.name}" keeps both domains' ` +
      `already: use the method dsbn, or a recipe with bn.`
    );
  const frozen = layers.find(
    (layer) => layer.trainableWeights.length === 0 || (layer instanceof BatchNorm && layer.freezeStatistics),
  );
  return frozen === undefined
    ? null
    : `AdaBN replaces running statistics, and those of layer "${frozen.name}" are frozen: unfreeze them.`;
}
