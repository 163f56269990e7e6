/**
 * The blocks of a ResNet (He, Zhang, Ren, Sun 2015, arXiv:1512.03385): two 3×3 convolutions, or 1×1, 3×3, 1×1 with four
 * times the channels (bottleneck), and a shortcut around them, which a 1×1 convolution fits where shapes differ.
 *
 * With `poolShortcut` (ResNet-D: He et al. 2018, arXiv:1812.01187, section 4.1) a mean over 2×2 pixels takes the stride
 * of the shortcut before that convolution. Where dilation replaces the stride, the four pixels are as far apart as they
 * would be in the coarser map: the same weights then give the same features at shared positions. Layers are named as in
 * timm's checkpoints, where the pooling is the first member: `downsample.1` and `downsample.2`.
 *
 * The shortcut `pad` of the paper's networks for CIFAR has no weights (option A).
 */
import { activationsOf, connect as connectSignal, type Recipe, type Signal } from '@plumbline/norm';
import { connect, unit } from './graph.ts';
import { AveragePool } from './layers/average-pool.ts';
import { PaddedShortcut } from './layers/padded-shortcut.ts';

/** How a shortcut comes to the shape of its branch: by a 1×1 convolution (option B), or by zeros for new channels (option A). */
export type Shortcut = 'projection' | 'pad';

export interface BlockOptions {
  recipe: Recipe;
  name: string;
  /** Channels of the 3×3 convolutions; a bottleneck's output has four times as many. */
  width: number;
  /** The 3×3 convolution of a bottleneck where it is in groups. Default: one group of `width` channels. */
  grouped?: { readonly groups: number; readonly channels: number };
  /** Stride that the block would take if none were replaced by dilation. */
  wantedStride: number;
  /** Stride that it takes. */
  stride: number;
  /** Pixels between neighbours of the block's input, as its dilation. */
  inputDilation: number;
  /** Of the first 3×3 convolution. */
  dilation: number;
  /** Of a 3×3 convolution that follows the one with the stride. */
  dilationAfter: number;
  bottleneck: boolean;
  /** Whether the first 1×1 convolution of a bottleneck takes the stride, in place of the 3×3 one. */
  strideFirst: boolean;
  poolShortcut: boolean;
  /** Default `projection`. */
  shortcut?: Shortcut;
  zeroInitResidual: boolean;
}

function shortcutOf(x: Signal, filters: number, options: BlockOptions): Signal {
  const { recipe, name, wantedStride, stride, inputDilation, poolShortcut } = options;
  if (stride === 1 && activationsOf(x).shape[3] === filters) return x;
  if (options.shortcut === 'pad') {
    return connect(new PaddedShortcut({ name: `${name}.shortcut`, strides: stride, filters }), x);
  }
  const member = (index: number): string => `${name}.downsample.${index + (poolShortcut ? 1 : 0)}`;
  const convolution = { convName: member(0), normName: member(1), filters, kernelSize: 1 };
  if (!poolShortcut) return unit(recipe, x, { ...convolution, strides: stride });
  if (wantedStride === 1) return unit(recipe, x, convolution);
  const pool = new AveragePool({
    name: `${name}.downsample.0`,
    size: wantedStride,
    strides: stride,
    dilation: inputDilation,
  });
  return unit(recipe, connect(pool, x), convolution);
}

/** Wires a block onto `x`. */
export function residualBlock(x: Signal, options: BlockOptions): Signal {
  const { recipe, name, width, stride, dilation, dilationAfter, bottleneck, strideFirst } = options;
  const { groups, channels } = options.grouped ?? { groups: 1, channels: width };
  const filters = bottleneck ? 4 * width : width;
  const last = { zeroInitGamma: options.zeroInitResidual };
  const layer = (k: number): { convName: string; normName: string } => ({
    convName: `${name}.conv${k}`,
    normName: `${name}.bn${k}`,
  });
  const around = { kernelSize: 3, strides: stride, dilation, padding: dilation };
  const after = { kernelSize: 3, dilation: dilationAfter, padding: dilationAfter };
  let branch: Signal;
  if (bottleneck) {
    const first = { kernelSize: 1, strides: strideFirst ? stride : 1 };
    const second = strideFirst ? after : around;
    branch = unit(recipe, x, { ...layer(1), ...first, filters: channels, actName: `${name}.relu1` });
    const square = { ...second, filters: channels, groups };
    branch = unit(recipe, branch, { ...layer(2), ...square, actName: `${name}.relu2` });
    branch = unit(recipe, branch, { ...layer(3), filters, kernelSize: 1, norm: last });
  } else {
    branch = unit(recipe, x, { ...layer(1), ...around, filters, actName: `${name}.relu1` });
    branch = unit(recipe, branch, { ...layer(2), ...after, filters, norm: last });
  }
  const shortcut = shortcutOf(x, filters, options);
  const sum = connectSignal(recipe.add({ name: `${name}.add` }), [branch, shortcut]);
  return connectSignal(recipe.act({ name: `${name}.relu` }), sum);
}
