/**
 * The residual networks for images of 32×32 pixels (He, Zhang, Ren, Sun 2015, arXiv:1512.03385, section 4.2): a 3×3 convolution
 * of 16 channels, three stages of n blocks with 16, 32 and 64 channels at strides 1, 2 and 4, 6n + 2 layers with weights in
 * all, the classifier among them. Shortcuts without weights (option A) are the paper's; with a 1×1 convolution they are
 * option B. `preActivation` is the form of He et al. 2016 (arXiv:1603.05027), in which Kalman Normalization was published.
 *
 * With the widths of ImageNet it is the ResNet-18 or -34 that much is measured with on CIFAR: the same stem of stride 1, then
 * four stages of 64 to 512 channels.
 *
 * Layers are named as torchvision's ResNet names them; what only pre-activation has is `stem.norm`, and `last.norm`, `last.bn`
 * and `last.relu` behind the last block.
 */
import {
  activationsOf,
  connect as connectSignal,
  GroupNorm,
  type Recipe,
  type Signal,
} from '@plumbline/norm';
import type * as tfl from '@tensorflow/tfjs-layers';
import { connect, unit } from './graph.ts';
import { normAct, preActivationBlock } from './pre-activation-block.ts';
import { residualBlock, type Shortcut } from './residual-block.ts';

export interface CifarResNetOptions {
  recipe: Recipe;
  /** 6n + 2, such as 20, 32, 44, 56 or 110; with the widths of ImageNet 18 or 34. */
  depth: number;
  /** Channels of the stages: 16, 32, 64 of `cifar` (default), 64, 128, 256, 512 of `imagenet`. */
  widths?: 'cifar' | 'imagenet';
  /** Default `pad`, with the widths of ImageNet `projection`. */
  shortcut?: Shortcut;
  /** Normalization and rectifier before each convolution. Default false. */
  preActivation?: boolean;
  /**
   * With `preActivation`: layer normalization behind the stem and before the last rectifier, the only two of a network whose
   * recipe does not normalize activations (Liu, Ge, Li, Gui, AAAI 2021, arXiv:2103.11590). Default false.
   */
  boundaryNorm?: boolean;
  /** Put before every layer name. Default none. */
  prefix?: string;
}

interface Stage {
  readonly width: number;
  readonly blocks: number;
}

const WIDTHS = { cifar: [16, 32, 64], imagenet: [64, 128, 256, 512] } as const;
const IMAGENET_BLOCKS: Readonly<Record<number, readonly number[]>> = { 18: [2, 2, 2, 2], 34: [3, 4, 6, 3] };

function stagesOf({ depth, widths = 'cifar' }: CifarResNetOptions): Stage[] {
  if (!(widths in WIDTHS)) {
    throw new Error(`The CIFAR ResNet got widths ${String(widths)}; give cifar or imagenet.`);
  }
  if (widths === 'imagenet') {
    const counts = IMAGENET_BLOCKS[depth];
    if (counts !== undefined) return WIDTHS.imagenet.map((width, i) => ({ width, blocks: counts[i] ?? 0 }));
    throw new Error(`A CIFAR ResNet with the widths of ImageNet got depth ${depth}; give 18 or 34.`);
  }
  const blocks = (depth - 2) / 6;
  if (Number.isInteger(blocks) && blocks >= 1) return WIDTHS.cifar.map((width) => ({ width, blocks }));
  throw new Error(`The CIFAR ResNet got depth ${depth}; give 6n + 2, such as 8, 20, 32, 44, 56 or 110.`);
}

function postActivation(
  image: tfl.SymbolicTensor,
  stages: readonly Stage[],
  shortcut: Shortcut,
  { recipe, prefix = '' }: CifarResNetOptions,
): Signal {
  let x = unit(recipe, image, {
    convName: `${prefix}conv1`,
    normName: `${prefix}bn1`,
    actName: `${prefix}relu`,
    filters: stages[0]?.width ?? 16,
    kernelSize: 3,
    padding: 1,
  });
  stages.forEach(({ width, blocks }, stage) => {
    for (let index = 0; index < blocks; index++) {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      x = residualBlock(x, {
        ...{ recipe, name: `${prefix}layer${stage + 1}.${index}`, width, shortcut, stride },
        wantedStride: stride,
        inputDilation: 1,
        dilation: 1,
        dilationAfter: 1,
        bottleneck: false,
        strideFirst: false,
        poolShortcut: false,
        zeroInitResidual: false,
      });
    }
  });
  return x;
}

function preActivated(
  image: tfl.SymbolicTensor,
  stages: readonly Stage[],
  shortcut: Shortcut,
  { recipe, boundaryNorm = false, prefix = '' }: CifarResNetOptions,
): Signal {
  const boundary = (x: Signal, name: string): Signal =>
    boundaryNorm ? connect(new GroupNorm({ name: `${prefix}${name}`, groups: 1 }), x) : x;
  const stem = { name: `${prefix}conv1`, filters: stages[0]?.width ?? 16, kernelSize: 3, padding: 1 };
  let x = boundary(connectSignal(recipe.conv(stem), image), 'stem.norm');
  stages.forEach(({ width, blocks }, stage) => {
    for (let index = 0; index < blocks; index++) {
      const name = `${prefix}layer${stage + 1}.${index}`;
      const strides = stage > 0 && index === 0 ? 2 : 1;
      x = preActivationBlock(x, { recipe, name, width, strides, shortcut });
    }
  });
  const last = { norm: `${prefix}last.bn`, act: `${prefix}last.relu` };
  return normAct(recipe, boundary(x, 'last.norm'), last);
}

/**
 * Wires the convolutional part onto `image`, [N,H,W,C] → [N,H/4,W/4,64], or with the widths of ImageNet [N,H/8,W/8,512]; rounded
 * up.
 *
 * @throws if an option cannot be had, such as `boundaryNorm` without `preActivation`.
 */
export function cifarResNetFeatures(
  image: tfl.SymbolicTensor,
  options: CifarResNetOptions,
): tfl.SymbolicTensor {
  const { widths = 'cifar', preActivation = false, boundaryNorm = false } = options;
  const { shortcut = widths === 'cifar' ? 'pad' : 'projection' } = options;
  if (!['pad', 'projection'].includes(shortcut)) {
    throw new Error(`The CIFAR ResNet got shortcut ${String(shortcut)}; give pad or projection.`);
  }
  if (boundaryNorm && !preActivation) {
    throw new Error(
      'The CIFAR ResNet got boundaryNorm true and preActivation false, whose last rectifier is a block’s: set preActivation true.',
    );
  }
  const wire = preActivation ? preActivated : postActivation;
  return activationsOf(wire(image, stagesOf(options), shortcut, options));
}
