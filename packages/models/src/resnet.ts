/**
 * ResNet (He, Zhang, Ren, Sun 2015, arXiv:1512.03385), in the layout of torchvision's v1 models: stride on the
 * 3×3 convolution of a bottleneck (but in variant v1a), symmetric padding, layer names `conv1`, `layer1.0.conv1`, `layer1.0.downsample.0`.
 *
 * Output stride 8 or 16 replaces the strides of the last stages by dilation (DeepLab, Chen et al. 2017,
 * arXiv:1706.05587). The convolution that would have taken the stride keeps the previous stage's dilation, all that
 * follow it have the new one: then the same weights at output stride 8, 16 and 32 give the same features at the
 * positions they share. ResNeXt (Xie, Girshick, Dollár, Tu, He 2016, arXiv:1611.05431) has its 3×3 convolutions in groups. The
 * deep stem and the pooled shortcuts of ResNet-C and ResNet-D are variants (`resnet-stem.ts`,
 * `residual-block.ts`).
 *
 * With a recipe of Kalman normalization the moments that predict travel along (`Signal`): they begin at each
 * normalization, pass the rectifier, and end at the pooling of the stem and at the last features. A block's sum adds the
 * moments of branch and shortcut; those of a shortcut that comes from a pooling are observed. Here the sum is rectified before
 * it goes on, where the networks of the method's authors carry it unrectified: `MomentAdd` says what that makes of an identity
 * shortcut.
 */
import { activationsOf, type Recipe, type Signal } from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';
import { resNetStem, type ResNetVariant } from './resnet-stem.ts';
import { residualBlock } from './residual-block.ts';

export type ResNetDepth = 18 | 34 | 50 | 101 | 152;
export type OutputStride = 8 | 16 | 32;

/** The 3×3 convolutions of bottlenecks: `groups` of `width` channels each in the first stage, twice as many in each further one. */
export interface ResNeXtOptions {
  /** 32 of ResNeXt-50 32×4d; 1 with twice the width of 64 is the wide ResNet of torchvision. */
  groups: number;
  /** 4 of ResNeXt-50 32×4d. */
  width: number;
}

export interface ResNetOptions {
  depth: ResNetDepth;
  recipe: Recipe;
  /** ResNeXt, of depth 50, 101 or 152. Default: one group of 64 channels, the ResNet. */
  resNeXt?: ResNeXtOptions;
  /** Stem and shortcuts; see `ResNetVariant`. Default `v1b`, torchvision's. */
  variant?: ResNetVariant;
  /** Input pixels per feature pixel. Default 32. */
  outputStride?: OutputStride;
  /** Dilation factors of the blocks of the last stage; one per block, or three that the last one repeats. Default all 1. */
  multiGrid?: readonly number[];
  /** Start the last norm of every residual branch at gamma 0, so that blocks begin as identities. Default false. */
  zeroInitResidual?: boolean;
  /** Put before every layer name. Default none. */
  prefix?: string;
}

/** Feature maps of a backbone, by the stride of their pixels. */
export interface BackboneFeatures {
  /** After the first stage: stride 4. */
  lowLevel: tfl.SymbolicTensor;
  /** Before the last stage that would halve the map: stride 16, or `outputStride` where that is less. */
  middle: tfl.SymbolicTensor;
  /** After the last stage: stride `outputStride`. */
  features: tfl.SymbolicTensor;
}

const BLOCKS: Record<ResNetDepth, { blocks: readonly number[]; bottleneck: boolean }> = {
  18: { blocks: [2, 2, 2, 2], bottleneck: false },
  34: { blocks: [3, 4, 6, 3], bottleneck: false },
  50: { blocks: [3, 4, 6, 3], bottleneck: true },
  101: { blocks: [3, 4, 23, 3], bottleneck: true },
  152: { blocks: [3, 8, 36, 3], bottleneck: true },
};
const WIDTHS = [64, 128, 256, 512] as const;

/** What models are called: `resnet50`, `resnet50v1d`, `resnext50_32x4d`. */
export function resNetName({ depth, variant = 'v1b', resNeXt }: Omit<ResNetOptions, 'recipe'>): string {
  const suffix = variant === 'v1b' ? '' : variant;
  return resNeXt === undefined
    ? `resnet${depth}${suffix}`
    : `resnext${depth}${suffix}_${resNeXt.groups}x${resNeXt.width}d`;
}

/** Dilation factor of block `index` of the last stage. */
function gridFactor(multiGrid: readonly number[], index: number): number {
  return multiGrid[Math.min(index, multiGrid.length - 1)] ?? 1;
}

function checkResNeXt({ groups, width }: ResNeXtOptions, depth: ResNetDepth): void {
  if (!BLOCKS[depth].bottleneck) {
    throw new Error(
      `ResNet got resNeXt with depth ${depth}, whose blocks are no bottlenecks; give depth 50, 101 or 152.`,
    );
  }
  for (const [option, value] of Object.entries({ groups, width })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new Error(`ResNet got resNeXt.${option} ${value}; give a whole number from 1 on.`);
    }
  }
}

/** Wires a ResNet's convolutional part onto `image`, [N,H,W,3] normalized RGB. */
export function resNetFeatures(image: tfl.SymbolicTensor, options: ResNetOptions): BackboneFeatures {
  const {
    depth,
    recipe,
    resNeXt,
    variant = 'v1b',
    outputStride = 32,
    multiGrid = [1],
    zeroInitResidual = false,
    prefix = '',
  } = options;
  if (![8, 16, 32].includes(outputStride)) {
    throw new Error(`ResNet got outputStride ${outputStride}; give 8, 16 or 32.`);
  }
  if (!['v1a', 'v1b', 'v1c', 'v1d'].includes(variant)) {
    throw new Error(`ResNet got variant ${String(variant)}; give v1a, v1b, v1c or v1d.`);
  }
  if (multiGrid.some((rate) => !Number.isInteger(rate) || rate < 1)) {
    throw new Error(
      `ResNet got multiGrid [${multiGrid.join(', ')}]; give dilation factors that are whole and at least 1.`,
    );
  }
  if (!(depth in BLOCKS)) throw new Error(`ResNet got depth ${depth}; give 18, 34, 50, 101 or 152.`);
  if (resNeXt !== undefined) checkResNeXt(resNeXt, depth);
  const { blocks, bottleneck } = BLOCKS[depth];
  let x: Signal = resNetStem(image, { recipe, variant, prefix });
  let lowLevel: Signal = x;
  let middle: Signal = x;
  let stride = 4;
  let dilation = 1;
  blocks.forEach((count, stage) => {
    const wanted = stage === 0 ? 1 : 2;
    const width = WIDTHS[stage] ?? 512;
    const grouped = resNeXt && {
      groups: resNeXt.groups,
      channels: Math.floor((width * resNeXt.width) / 64) * resNeXt.groups,
    };
    const previousDilation = dilation;
    const taken = stride * wanted <= outputStride ? wanted : 1;
    if (taken !== wanted) dilation *= wanted;
    stride *= taken;
    for (let index = 0; index < count; index++) {
      const grid = stage === blocks.length - 1 ? gridFactor(multiGrid, index) : 1;
      x = residualBlock(x, {
        recipe,
        name: `${prefix}layer${stage + 1}.${index}`,
        width,
        ...(grouped === undefined ? {} : { grouped }),
        wantedStride: index === 0 ? wanted : 1,
        stride: index === 0 ? taken : 1,
        inputDilation: index === 0 ? previousDilation : dilation,
        dilation: grid * (index === 0 ? previousDilation : dilation),
        dilationAfter: grid * dilation,
        bottleneck,
        strideFirst: variant === 'v1a',
        poolShortcut: variant === 'v1d',
        zeroInitResidual,
      });
    }
    if (stage === 0) lowLevel = x;
    if (stage === 2) middle = x;
  });
  return {
    lowLevel: activationsOf(lowLevel),
    middle: activationsOf(middle),
    features: activationsOf(x),
  };
}

/**
 * A ResNet feature extractor as a model: [N,H,W,3] → [N,h,w,C], C = 512 for depth 18 and 34, 2048 for deeper ones,
 * h = (H − 1)/outputStride + 1 where H is a multiple of the output stride plus one.
 */
export function resNet(options: ResNetOptions): tfl.LayersModel {
  const image = tfl.input({ shape: [null, null, 3], name: `${options.prefix ?? ''}image` });
  const { features } = resNetFeatures(image, options);
  return tfl.model({
    inputs: image,
    outputs: features,
    name: resNetName(options),
  });
}
