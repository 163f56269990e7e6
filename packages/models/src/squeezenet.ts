/**
 * SqueezeNet 1.0 (Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer 2016, arXiv:1602.07360, table 1), in the layout of its
 * authors' Caffe release and with the layer names of torchvision's: a 7×7 convolution, eight fire modules, which squeeze by
 * 1×1 and expand by 1×1 and 3×3 convolutions side by side, and three max-poolings rounded up. The paper's conv1 is
 * `features.0`, its fire2 to fire9 are `features.3` to `features.12` (less the poolings `features.6` and `features.11`), its conv10
 * is `classifier.1`.
 *
 * The paper's network has no normalization: that is recipe `none`. With another the recipe's normalization stands between
 * every convolution and its rectifier, named as its convolution with `_norm` behind; conv10 stays plain, as a classifier does.
 * The moments of Kalman normalization end where a fire module joins its halves.
 */
import { activationsOf, Relu, SeededDropout, type Recipe, type Signal } from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';
import { connect, unit } from './graph.ts';
import { MaxPool } from './layers/max-pool.ts';
import { plainConv } from './plain-conv.ts';

/** Channels of the squeeze convolution and of each of the two expanding ones; null is a pooling. */
const MODULES: readonly (readonly [squeeze: number, expand: number] | null)[] = [
  null,
  [16, 64],
  [16, 64],
  [32, 128],
  null,
  [32, 128],
  [48, 192],
  [48, 192],
  [64, 256],
  null,
  [64, 256],
];
/** Of the first of them, after convolution and rectifier. */
const FIRST_INDEX = 2;

export interface SqueezeNetFeaturesOptions {
  recipe: Recipe;
  /** Put before every layer name. Default none. */
  prefix?: string;
}

/** A convolution by the recipe with its normalization and rectifier, named after it. */
const convolution = (
  recipe: Recipe,
  input: Signal,
  name: string,
  options: { filters: number; kernelSize: number; strides?: number; padding?: 'valid' },
): Signal =>
  unit(recipe, input, {
    ...options,
    convName: name,
    normName: `${name}_norm`,
    actName: `${name}_activation`,
  });

function fire(
  recipe: Recipe,
  input: tfl.SymbolicTensor,
  name: string,
  [squeeze, expand]: readonly [number, number],
): tfl.SymbolicTensor {
  const squeezed = convolution(recipe, input, `${name}.squeeze`, { filters: squeeze, kernelSize: 1 });
  const halves = [1, 3].map((size) =>
    convolution(recipe, squeezed, `${name}.expand${size}x${size}`, { filters: expand, kernelSize: size }),
  );
  return connect(tfl.layers.concatenate({ name: `${name}.concat` }), halves);
}

/** Wires SqueezeNet's convolutional part onto `image`, [N,H,W,C] → [N,h,w,512], fire9's, at stride 16: 227 pixels become 13. */
export function squeezeNetFeatures(
  image: tfl.SymbolicTensor,
  { recipe, prefix = '' }: SqueezeNetFeaturesOptions,
): tfl.SymbolicTensor {
  const stem = { filters: 96, kernelSize: 7, strides: 2, padding: 'valid' } as const;
  let x = activationsOf(convolution(recipe, image, `${prefix}features.0`, stem));
  MODULES.forEach((channels, index) => {
    const name = `${prefix}features.${FIRST_INDEX + index}`;
    x =
      channels === null
        ? connect(new MaxPool({ name, size: 3, strides: 2, padding: 0, ceil: true }), x)
        : fire(recipe, x, name, channels);
  });
  return x;
}

export interface SqueezeNetOptions extends SqueezeNetFeaturesOptions {
  /** Default ImageNet's 1000. */
  classes?: number;
  /** Of fire9's features, in training. Default 0.5. */
  dropout?: number;
  /**
   * Pixels around the last convolution, which is 1×1: the averaged map is wider by them on every side, and they hold its
   * rectified bias. Default 1, the release's; torchvision's has 0.
   */
  classifierPadding?: 0 | 1;
  /** Seed of the dropout noise and of the classifier's weights. Default 0. */
  seed?: number;
}

/** SqueezeNet as a classifier: [N,H,W,3] → logits [N,classes], H and W from 33 on; the paper's are 224, its release's 227. */
export function squeezeNet(options: SqueezeNetOptions): tfl.LayersModel {
  const { recipe, prefix = '', classes = 1000, dropout = 0.5, classifierPadding = 1, seed = 0 } = options;
  const image = tfl.input({ shape: [null, null, 3], name: `${prefix}image` });
  let x = squeezeNetFeatures(image, { recipe, prefix });
  x = connect(new SeededDropout({ name: `${prefix}classifier.0`, rate: dropout, seed }), x);
  const conv = { filters: classes, kernelSize: 1, padding: classifierPadding, seed };
  x = connect(plainConv({ name: `${prefix}classifier.1`, ...conv }), x);
  x = connect(new Relu({ name: `${prefix}classifier.2` }), x);
  x = connect(tfl.layers.globalAveragePooling2d({ name: `${prefix}classifier.3` }), x);
  return tfl.model({ inputs: image, outputs: x, name: `squeezenet_${recipe.name}` });
}
