/** From configuration to network and optimizer. */
import { BACKBONE_PREFIX, deepLabV3, keepingKernels } from '@plumbline/models';
import { BatchNorm, parseRecipe, type Recipe } from '@plumbline/norm';
import { parameterGroups, Sgd } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from './config.ts';

/** The backbone in words. */
export const backboneName = ({ backbone, depth, width }: Config['model']): string =>
  backbone === 'resnet' ? `ResNet-${depth}` : `MobileNetV2 ×${width}`;

/** One image leaves one value a channel on the pooled branch: batch norm would make it a constant. */
function refuseConstantPooling({ model, train }: Config, recipe: Recipe): void {
  if (train.batchSize > 1 || model.poolingNorm === 'none') return;
  if (!(recipe.norm({ name: 'pooled' }) instanceof BatchNorm)) return;
  throw new Error(
    `model.recipe ${model.recipe} cannot normalize the image-pooling branch at train.batchSize 1, where every channel ` +
      'has one value: set model.poolingNorm=none, a larger batch, or another recipe.',
  );
}

/**
 * The network of a run, with weights drawn from the run's seed.
 *
 * @throws on an unknown recipe, or one that cannot train with the configured batch.
 */
export function buildModel(config: Config, classes: number): tfl.LayersModel {
  const { model, seed } = config;
  const recipe = parseRecipe(model.recipe, { groups: model.groups, momentum: model.bnMomentum, seed });
  refuseConstantPooling(config, recipe);
  return deepLabV3({
    backbone: model.backbone,
    depth: model.depth,
    width: model.width,
    channelMultiple: model.channelMultiple,
    headConvolution: model.headConvolution,
    recipe: model.keepKernels ? keepingKernels(recipe) : recipe,
    classes,
    seed,
    outputStride: model.outputStride,
    multiGrid: model.multiGrid,
    headChannels: model.headChannels,
    poolingNorm: model.poolingNorm,
    dropout: model.dropout,
    zeroInitResidual: model.zeroInitResidual,
    ...(model.atrousRates === null ? {} : { atrousRates: model.atrousRates }),
  });
}

/** SGD with the head's own rate and no decay on norms and biases. */
export function buildOptimizer({ optimizer }: Config, model: tfl.LayersModel): Sgd {
  const groups = parameterGroups(model, {
    weightDecay: optimizer.weightDecay,
    head: (name) => !name.startsWith(BACKBONE_PREFIX),
    headLearningRateScale: optimizer.headScale,
  });
  return new Sgd({ groups, momentum: optimizer.momentum, nesterov: optimizer.nesterov });
}
