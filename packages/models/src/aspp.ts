/**
 * Atrous Spatial Pyramid Pooling with image-level features (DeepLabv3: Chen, Papandreou, Schroff, Adam 2017,
 * arXiv:1706.05587): a 1×1 convolution, three 3×3 ones at growing rates, and the pooled image, concatenated and
 * projected.
 */
import type { Recipe, Signal } from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';
import { connect, unit } from './graph.ts';
import { GlobalAverage } from './layers/global-average.ts';
import { ResizeLike } from './layers/resize-like.ts';
import type { OutputStride } from './resnet.ts';

export interface AsppOptions {
  recipe: Recipe;
  /** Rates of the three 3×3 branches, in feature pixels. */
  rates: readonly number[];
  /** Channels of every branch and of the projection. */
  channels: number;
  /**
   * `recipe`: the pooled branch is normalized like the others. `none`: convolution with bias only, which a batch
   * norm needs with one image per step, where a 1×1 map holds a single value per channel.
   */
  poolingNorm: 'recipe' | 'none';
  prefix: string;
}

/** The paper's rates for an output stride: halving the stride doubles them. */
export function atrousRatesFor(outputStride: OutputStride): readonly number[] {
  return { 8: [12, 24, 36], 16: [6, 12, 18], 32: [3, 6, 9] }[outputStride];
}

/** Wires the pyramid onto `features`, [N,h,w,C] → [N,h,w,channels]. */
export function aspp(features: tfl.SymbolicTensor, options: AsppOptions): Signal {
  const { recipe, rates, channels, poolingNorm, prefix } = options;
  const names = (part: string): { convName: string; normName: string; actName: string } => ({
    convName: `${prefix}${part}.0`,
    normName: `${prefix}${part}.1`,
    actName: `${prefix}${part}.relu`,
  });
  const branches = [
    unit(recipe, features, { ...names('convs.0'), filters: channels, kernelSize: 1 }),
    ...rates.map((rate, index) =>
      unit(recipe, features, {
        ...names(`convs.${index + 1}`),
        filters: channels,
        kernelSize: 3,
        dilation: rate,
        padding: rate,
      }),
    ),
  ];
  const pooled = connect(new GlobalAverage({ name: `${prefix}pool` }), features);
  const poolNames = names(`convs.${rates.length + 1}`);
  const withoutNorm: Recipe = {
    ...recipe,
    conv: (o) => recipe.conv({ ...o, useBias: true }),
    norm: () => null,
  };
  const image = unit(poolingNorm === 'none' ? withoutNorm : recipe, pooled, {
    ...poolNames,
    filters: channels,
    kernelSize: 1,
  });
  branches.push(connect(new ResizeLike({ name: `${prefix}pool.resize` }), [image, features]));
  const joined = connect(tfl.layers.concatenate({ name: `${prefix}concat` }), branches);
  return unit(recipe, joined, { ...names('project'), filters: channels, kernelSize: 1 });
}
