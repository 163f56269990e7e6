/** From configuration to network and optimizer. */
import { BACKBONE_PREFIX, deepLabV3, keepingKernels } from '@plumbline/models';
import { BatchNorm, parseRecipe } from '@plumbline/norm';
import { parameterGroups, Sgd } from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';
import { freeze } from './freeze.ts';

/** The backbone in words. */
export const backboneName = ({ backbone, depth, variant, width }: Config['model']): string =>
  backbone === 'resnet'
    ? `ResNet-${depth}${variant === 'v1b' ? '' : ` ${variant}`}`
    : `MobileNetV2 ×${width}`;

/** The decoder in words. */
export const decoderName = ({ decoder }: Config['model']): string =>
  decoder === 'v3' ? 'DeepLabv3' : 'DeepLabv3+';

/**
 * Refuses what builds but cannot train: with one image per step the pooled branch has one value a channel, and batch norm would
 * make it a constant.
 */
export function checkTrainable({ model, train, seed }: Config): void {
  if (train.batchSize > 1 || model.poolingNorm === 'none' || model.freezeNorm === 'all') return;
  const recipe = parseRecipe(model.recipe, { groups: model.groups, momentum: model.bnMomentum, seed });
  if (!(recipe.norm({ name: 'pooled' }) instanceof BatchNorm)) return;
  throw new Error(
    `model.recipe ${model.recipe} cannot normalize the image-pooling branch at train.batchSize 1, where every channel ` +
      'has one value: set model.poolingNorm=none, a larger batch, another recipe, or, with weights that have the statistics, ' +
      'model.freezeNorm=all.',
  );
}

/**
 * The network of a run, with weights drawn from the run's seed, and frozen as configured. With an auxiliary head it has two
 * outputs: `withoutAuxiliaryHead` is the network of inference.
 *
 * @throws on an unknown recipe, or one that cannot be frozen as configured.
 */
export function buildModel(config: Config, classes: number): tfl.LayersModel {
  const { model, loss, seed } = config;
  const recipe = parseRecipe(model.recipe, { groups: model.groups, momentum: model.bnMomentum, seed });
  const network = deepLabV3({
    backbone: model.backbone,
    depth: model.depth,
    variant: model.variant,
    width: model.width,
    channelMultiple: model.channelMultiple,
    decoder: model.decoder,
    headConvolution: model.headConvolution,
    decoderConvolutions: model.decoderConvolutions,
    auxiliaryHead: loss.auxiliary > 0,
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
  freeze(network, config);
  return network;
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
