/** The network of a configuration: image → logits. */
import { imageClassifier, squeezeNet, type ClassifierBackbone } from '@plumbline/models';
import { parseRecipe, type Recipe } from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';
import type { NetworkConfig } from '../config/model-config.ts';

export interface NetworkShape {
  classes: number;
  channels: 1 | 3;
  /** Takes what the recipe says against itself. Default: console.warn. */
  onWarning?: (warning: string) => void;
}

/** @throws if there is no such recipe. */
export function recipeOf({ model, seed }: Config, onWarning?: (warning: string) => void): Recipe {
  const { groups, bnMomentum, pwsEpsilon, pwsEquivalent, kalmanRate, mabnForm, mabnBuffer, mabnBatch } =
    model.normalization;
  return parseRecipe(model.recipe, {
    seed,
    groups,
    momentum: bnMomentum,
    parametricWeightStandardization: { epsilon: pwsEpsilon, equivalent: pwsEquivalent },
    kalman: { predictionRate: kalmanRate },
    movingAverage: { form: mabnForm, bufferSize: mabnBuffer, normalizationBatch: mabnBatch },
    ...(onWarning === undefined ? {} : { onWarning }),
  });
}

function backboneOf(network: Exclude<NetworkConfig, { name: 'squeezenet' }>): ClassifierBackbone {
  switch (network.name) {
    case 'cifar-resnet': {
      const { name: kind, shortcut, ...options } = network;
      return { kind, ...options, ...(shortcut === null ? {} : { shortcut }) };
    }
    case 'resnet':
      return { kind: 'resnet', depth: network.depth };
    case 'resnext':
      return { kind: 'resnet', depth: 50, resNeXt: { groups: 32, width: 4 } };
  }
}

/**
 * [N,H,W,channels] → logits [N,classes].
 *
 * @throws if the recipe or the depth cannot be had.
 */
export function buildNetwork(
  config: Config,
  { classes, channels, onWarning }: NetworkShape,
): tfl.LayersModel {
  const { seed, model } = config;
  const recipe = recipeOf(config, onWarning);
  if (model.network.name === 'squeezenet') {
    if (channels === 3) return squeezeNet({ recipe, classes, seed });
    throw new Error(
      'model.network.name squeezenet takes images in colour, and these are grey: take cifar-resnet.',
    );
  }
  const { inputs, outputs, name } = imageClassifier({
    backbone: backboneOf(model.network),
    ...{ recipe, classes, channels, seed },
    bottleneck: null,
    classifier: 'plain',
  });
  return tfl.model({ inputs, outputs: outputs.slice(-1), name });
}

export function networkTitle({ network }: Config['model']): string {
  switch (network.name) {
    case 'cifar-resnet': {
      const { depth, widths, shortcut, preActivation, boundaryNorm } = network;
      return [
        `${preActivation ? 'pre-activation ' : ''}ResNet-${depth}`,
        ...(widths === 'imagenet' ? ['with the widths of ImageNet'] : []),
        ...(shortcut === null ? [] : [`shortcuts ${shortcut}`]),
        ...(boundaryNorm ? ['layer norm at both ends'] : []),
      ].join(', ');
    }
    case 'resnet':
      return `ResNet-${network.depth}`;
    case 'resnext':
      return 'ResNeXt-50 32×4d';
    case 'squeezenet':
      return 'SqueezeNet 1.0';
  }
}
