/**
 * MobileNetV2 (Sandler, Howard, Zhu, Zhmoginov, Chen 2018, arXiv:1801.04381), in the layout and with the layer names of
 * torchvision's: a stem `features.0.0`, then 17 inverted residual blocks `features.1` … `features.17`: a 1×1 expansion
 * ×6, a 3×3 depthwise convolution, a linear 1×1 projection. The 1280-channel convolution of the classifier is left out.
 *
 * Output stride 8 or 16 replaces the strides of the last stages by dilation of the depthwise convolutions, as in ResNet:
 * the same weights at output stride 8, 16 and 32 give the same features at the positions they share.
 *
 * Every convolution is followed by the recipe's normalization, and is normalized by its method for weights, depthwise ones
 * over their nine taps. ReLU6 stands where the recipe's activation is a ReLU; an activation that the recipe brings with its
 * normalization (TLU, EvoNorm) stays. The moments of Kalman normalization end in every unit: what they predict is a plain
 * rectifier between two full convolutions.
 */
import {
  activationsOf,
  connect as connectSignal,
  layerSeed,
  MomentRelu,
  NormDepthwiseConv2D,
  Relu,
  type Recipe,
} from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';
import { connect } from './graph.ts';
import { Relu6 } from './layers/relu6.ts';
import type { BackboneFeatures, OutputStride } from './resnet.ts';

export interface MobileNetV2Options {
  recipe: Recipe;
  /** Factor on every number of channels. Default 1. */
  width?: number;
  /**
   * Channels are rounded to multiples of this. Default 8, as in torchvision and Keras; the DeepLab models of
   * TensorFlow's authors with width 0.5 have 1.
   */
  channelMultiple?: number;
  /** Input pixels per feature pixel. Default 32. */
  outputStride?: OutputStride;
  /** Start the last norm of every block with a shortcut at gamma 0. Default false. */
  zeroInitResidual?: boolean;
  /** Seed of the depthwise kernels; that of the others is the recipe's. Default 0. */
  seed?: number;
  /** Put before every layer name. Default none. */
  prefix?: string;
}

/** Table 2 of the paper: expansion, channels, blocks, stride of the first block. */
const STAGES = [
  { expansion: 1, channels: 16, blocks: 1, stride: 1 },
  { expansion: 6, channels: 24, blocks: 2, stride: 2 },
  { expansion: 6, channels: 32, blocks: 3, stride: 2 },
  { expansion: 6, channels: 64, blocks: 4, stride: 2 },
  { expansion: 6, channels: 96, blocks: 3, stride: 1 },
  { expansion: 6, channels: 160, blocks: 3, stride: 2 },
  { expansion: 6, channels: 320, blocks: 1, stride: 1 },
] as const;
const STEM_CHANNELS = 32;
/** Channels, before they are scaled, of the last stage of stride 16. */
const LAST_AT_16 = 96;

/** `channels` · `width` rounded to a multiple, at least one multiple, and never below 90 % of it. */
export function scaledChannels(channels: number, width: number, multiple: number): number {
  const wanted = channels * width;
  const rounded = Math.max(multiple, Math.floor((wanted + multiple / 2) / multiple) * multiple);
  return rounded < 0.9 * wanted ? rounded + multiple : rounded;
}

interface UnitNames {
  conv: string;
  norm: string;
  /** Left out: no activation. */
  act?: string;
}

/** norm → ReLU6 of the recipe after `x`, the output of a convolution. */
function normalizeAndActivate(
  recipe: Recipe,
  x: tfl.SymbolicTensor,
  names: UnitNames,
  zeroInitGamma = false,
): tfl.SymbolicTensor {
  const { norm, act } = names;
  const layer = recipe.norm({ name: norm, zeroInitGamma, activation: act !== undefined });
  const normalized = layer === null ? x : connect(layer, x);
  if (act === undefined || (layer !== null && recipe.normIncludesActivation)) return normalized;
  const activation = recipe.act({ name: act });
  const isRelu = activation instanceof Relu || activation instanceof MomentRelu;
  return connect(isRelu ? new Relu6({ name: act }) : activation, normalized);
}

interface BlockOptions {
  recipe: Recipe;
  name: string;
  filters: number;
  expansion: number;
  stride: number;
  dilation: number;
  zeroInitResidual: boolean;
  seed: number;
}

function invertedResidual(input: tfl.SymbolicTensor, options: BlockOptions): tfl.SymbolicTensor {
  const { recipe, name, filters, expansion, stride, dilation, zeroInitResidual, seed } = options;
  const channels = input.shape[3] ?? 0;
  // As torchvision counts them: a block without expansion has one member less.
  let part = 0;
  const nextUnit = (): Required<UnitNames> => {
    const unit = `${name}.conv.${part++}`;
    return { conv: `${unit}.0`, norm: `${unit}.1`, act: `${unit}.2` };
  };
  let x = input;
  if (expansion !== 1) {
    const names = nextUnit();
    x = connect(recipe.conv({ name: names.conv, filters: channels * expansion, kernelSize: 1 }), x);
    x = normalizeAndActivate(recipe, x, names);
  }
  const names = nextUnit();
  const depthwise = new NormDepthwiseConv2D({
    name: names.conv,
    kernelSize: 3,
    strides: stride,
    dilation,
    padding: dilation,
    useBias: recipe.norm({ name: names.norm }) === null,
    kernelNormalizer: recipe.kernelNormalizer(),
    seed: layerSeed(seed, names.conv),
  });
  x = normalizeAndActivate(recipe, connect(depthwise, x), names);
  const projection = { conv: `${name}.conv.${part}`, norm: `${name}.conv.${part + 1}` };
  const hasShortcut = stride === 1 && channels === filters;
  x = connect(recipe.conv({ name: projection.conv, filters, kernelSize: 1 }), x);
  x = normalizeAndActivate(recipe, x, projection, hasShortcut && zeroInitResidual);
  return hasShortcut ? activationsOf(connectSignal(recipe.add({ name: `${name}.add` }), [x, input])) : x;
}

/** Wires MobileNetV2's convolutional part onto `image`, [N,H,W,3] normalized RGB. */
export function mobileNetV2Features(
  image: tfl.SymbolicTensor,
  options: MobileNetV2Options,
): BackboneFeatures {
  const { recipe, width = 1, channelMultiple = 8, outputStride = 32 } = options;
  const { zeroInitResidual = false, seed = 0, prefix = '' } = options;
  if (![8, 16, 32].includes(outputStride)) {
    throw new Error(`MobileNetV2 got outputStride ${outputStride}; give 8, 16 or 32.`);
  }
  if (!(width > 0))
    throw new Error(`MobileNetV2 got width ${width}; give a factor above 0, such as 0.5 or 1.`);
  if (!Number.isInteger(channelMultiple) || channelMultiple < 1) {
    throw new Error(`MobileNetV2 got channelMultiple ${channelMultiple}; give a whole number from 1 on.`);
  }
  const scaled = (channels: number): number => scaledChannels(channels, width, channelMultiple);
  const stem = { conv: `${prefix}features.0.0`, norm: `${prefix}features.0.1`, act: `${prefix}features.0.2` };
  const first = { filters: scaled(STEM_CHANNELS), kernelSize: 3, strides: 2, padding: 1 };
  let x = connect(recipe.conv({ name: stem.conv, ...first }), image);
  x = normalizeAndActivate(recipe, x, stem);
  let lowLevel = x;
  let middle = x;
  let taken = 2;
  let dilation = 1;
  let block = 1;
  for (const { expansion, channels, blocks, stride: wanted } of STAGES) {
    const previousDilation = dilation;
    const stride = taken * wanted <= outputStride ? wanted : 1;
    if (stride !== wanted) dilation *= wanted;
    taken *= stride;
    for (let index = 0; index < blocks; index++) {
      x = invertedResidual(x, {
        recipe,
        name: `${prefix}features.${block++}`,
        filters: scaled(channels),
        expansion,
        stride: index === 0 ? stride : 1,
        dilation: index === 0 ? previousDilation : dilation,
        zeroInitResidual,
        seed,
      });
    }
    if (taken === 4) lowLevel = x;
    if (channels === LAST_AT_16) middle = x;
  }
  return { lowLevel, middle, features: x };
}

/**
 * A MobileNetV2 feature extractor as a model: [N,H,W,3] → [N,h,w,C], C = 320 · width rounded,
 * h = (H − 1)/outputStride + 1 where H is a multiple of the output stride plus one.
 */
export function mobileNetV2(options: MobileNetV2Options): tfl.LayersModel {
  const image = tfl.input({ shape: [null, null, 3], name: `${options.prefix ?? ''}image` });
  const { features } = mobileNetV2Features(image, options);
  return tfl.model({ inputs: image, outputs: features, name: `mobilenetv2_${options.width ?? 1}` });
}
