/**
 * Freezing the first stages of a backbone: their kernels stay as they were loaded, and their norms with γ, β and the
 * running statistics that they infer with, in training too. What an ImageNet network has in its first stages, edges and
 * textures, needs no change for most tasks, and a small data set cannot improve on it.
 *
 * It is a property of the layers: nothing that runs them, be it a step, an evaluation or an average of the weights, has to
 * think of it.
 */
import type * as tfl from '@tensorflow/tfjs-layers';
import { BACKBONE_PREFIX } from './backbone.ts';

/** A kind of backbone with stages, which layers of its own tell. */
interface StagedBackbone {
  readonly title: string;
  /** A layer that no other kind has. */
  readonly mark: string;
  /** How many there are, by the names of all its layers without prefix. */
  stages(layers: readonly string[]): number;
  /** The stage of a layer, by its name without prefix: 1 for the stem, which freezes with the first stage. */
  stageOf(layer: string): number;
}

/** The number in a layer's name; without one the layer is in no stage. */
const numberIn = (pattern: RegExp, layer: string): number => Number(pattern.exec(layer)?.[1] ?? Infinity);

/** The stage of a ResNet's block. */
const resNetStage = (layer: string): number => numberIn(/^layer(\d)\./, layer);

/** SqueezeNet's stages end at its poolings. */
const SQUEEZENET_POOLS = [2, 6, 11];

const BACKBONES: readonly StagedBackbone[] = [
  {
    title: 'a ResNet',
    mark: 'layer1.0.conv1',
    stages: (layers) => Math.max(...layers.map(resNetStage).filter(Number.isFinite)),
    stageOf: (layer) => (/^(conv1|bn1|relu|maxpool|stem)\b/.test(layer) ? 1 : resNetStage(layer)),
  },
  {
    title: 'a SqueezeNet',
    mark: 'features.3.squeeze',
    stages: () => SQUEEZENET_POOLS.length,
    stageOf: (layer) => {
      const index = numberIn(/^features\.(\d+)/, layer);
      return 1 + SQUEEZENET_POOLS.filter((pool) => index > pool).length;
    },
  },
  {
    title: 'a digit network',
    mark: 'conv2',
    stages: () => 2,
    stageOf: (layer) => numberIn(/^(?:conv|bn|relu|pool)(\d)$/, layer),
  },
];

/**
 * The layers in the stem and the first `count` stages of the backbone, by name: a ResNet has 4 stages, or the 3 of CIFAR's; a
 * SqueezeNet 3, which its poolings end, and fire9 behind them; a digit network its 2 convolutions. No stage also leaves out
 * the stem.
 *
 * @throws if the model has no backbone with stages, or not as many.
 */
export function stageLayers(model: tfl.LayersModel, count: number): ReadonlySet<string> {
  if (count === 0) return new Set();
  const layers = model.layers
    .filter(({ name }) => name.startsWith(BACKBONE_PREFIX))
    .map(({ name }) => name.slice(BACKBONE_PREFIX.length));
  const kind = BACKBONES.find(({ mark }) => layers.includes(mark));
  if (kind === undefined) {
    throw new Error(
      `Freezing ${count} stages of the model "${model.name}" found no ResNet, SqueezeNet or digit network in it, and no other ` +
        'backbone has stages to count: freeze 0.',
    );
  }
  const stages = kind.stages(layers);
  if (!Number.isInteger(count) || count < 0 || count > stages) {
    throw new Error(
      `Freezing ${count} stages of the model "${model.name}" is more than can be had of ${kind.title}: give a whole number ` +
        `from 0 to ${stages}.`,
    );
  }
  const frozen = layers.filter((layer) => kind.stageOf(layer) <= count);
  return new Set(frozen.map((layer) => `${BACKBONE_PREFIX}${layer}`));
}

/**
 * Freezes the stem and the first `count` stages of the backbone with their norms (`trainable = false`); other layers stay as
 * they are. Returns the frozen layers' names.
 *
 * @throws as `stageLayers`.
 */
export function freezeStages(model: tfl.LayersModel, count: number): string[] {
  const frozen = stageLayers(model, count);
  for (const layer of model.layers) if (frozen.has(layer.name)) layer.trainable = false;
  return [...frozen];
}
