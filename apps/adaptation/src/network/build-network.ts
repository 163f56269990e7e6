/** The network of a configuration: a classifier of this project's layers, for two domains. */
import { DomainNetwork } from '@plumbline/adaptation';
import { freezeStages, imageClassifier, keepingKernels, type BottleneckOptions } from '@plumbline/models';
import { freezeBatchNorm, parseRecipe, type Recipe } from '@plumbline/norm';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Config } from '../config/config.ts';
import { effectiveRecipe } from './effective-recipe.ts';

export interface NetworkShape {
  classes: number;
  channels: 1 | 3;
  /** Takes what the recipe says against itself. Default: console.warn. */
  onWarning?: (warning: string) => void;
}

/** A backbone's layers, and its new ones, by the names of their weights. */
export const isBackbone = (weight: string): boolean => weight.startsWith('backbone.');

/** @throws where there is nothing worth keeping. */
function freeze(
  network: tfl.LayersModel,
  { freezeStages: stages, freezeNorm, weights }: Config['model'],
): void {
  if (stages === 0 && !freezeNorm) return;
  if (weights === null) {
    throw new Error(
      `model.${stages > 0 ? `freezeStages=${stages}` : 'freezeNorm=true'} would keep what was drawn at random, as ` +
        'model.weights is null: name a weights file (--weights), or freeze nothing.',
    );
  }
  if (stages > 0) freezeStages(network, stages);
  if (freezeNorm) freezeBatchNorm(network, { include: isBackbone });
}

/** @throws if the recipe, or its batch norms with `train.domainBatching`, cannot be had. */
export function buildNetwork(config: Config, { classes, channels, onWarning }: NetworkShape): DomainNetwork {
  const { model, train, seed } = config;
  const { backbone, groups, bnMomentum, bottleneck, classifier } = model;
  const recipeOf = (name: string): Recipe => {
    const recipe = parseRecipe(effectiveRecipe(config, name), {
      seed,
      groups,
      momentum: bnMomentum,
      ...(onWarning === undefined ? {} : { onWarning }),
    });
    return model.keepKernels ? keepingKernels(recipe) : recipe;
  };
  const network = imageClassifier({
    backbone:
      backbone.name === 'resnet' ? { kind: 'resnet', depth: backbone.depth } : { kind: backbone.name },
    recipe: recipeOf(model.recipe),
    classes,
    channels,
    bottleneck: bottleneck === null ? null : bottleneckOptions(bottleneck, recipeOf),
    classifier,
    seed,
  });
  try {
    freeze(network, model);
    return new DomainNetwork(network, train.domainBatching);
  } catch (error) {
    network.dispose();
    throw error;
  }
}

const bottleneckOptions = (
  { recipe, ...options }: NonNullable<Config['model']['bottleneck']>,
  recipeOf: (name: string) => Recipe,
): BottleneckOptions => (recipe === null ? options : { ...options, recipe: recipeOf(recipe) });

/** The bottleneck in words. */
export const bottleneckName = ({ bottleneck }: Config['model']): string => {
  if (bottleneck === null) return 'no bottleneck';
  const { width, norm, recipe, dropout } = bottleneck;
  const normalized = norm ? `, ${recipe ?? 'normalized'}` : '';
  return `bottleneck of ${width}${normalized}${dropout > 0 ? `, dropout ${dropout}` : ''}`;
};

export const backboneName = ({ backbone }: Config['model']): string =>
  ({
    digits: 'LeNet',
    squeezenet: 'SqueezeNet 1.0',
    resnet: `ResNet-${'depth' in backbone ? backbone.depth : ''}`,
  })[backbone.name];
