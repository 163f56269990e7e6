/**
 * The beginning of a ResNet: from the image to a quarter of its size, 64 channels.
 *
 * `v1a` and `v1b` have one 7×7 convolution (He, Zhang, Ren, Sun 2015, arXiv:1512.03385). The deep stem of `v1c` and `v1d` has three
 * 3×3 ones of 32, 32 and 64 channels, the first at stride 2 (He, Zhang, Zhang, Zhang, Xie, Li 2018, arXiv:1812.01187,
 * section 4.1), named `conv1.0`, `conv1.3`, `conv1.6` with the norms `conv1.1`, `conv1.4`, `bn1` as in timm's checkpoints.
 */
import type { Recipe, Signal } from '@plumbline/norm';
import type * as tfl from '@tensorflow/tfjs-layers';
import { connect, unit } from './graph.ts';
import { MaxPool } from './layers/max-pool.ts';

/**
 * Which ResNet: `v1b` is torchvision's, where the 3×3 convolution of a bottleneck takes the stride. In `v1a`, the paper's
 * and Keras', the 1×1 one before it does. `v1c` is v1b with a deep stem (ResNet-C), and `v1d` besides takes the stride of a
 * shortcut by a 2×2 mean, so that no pixel is left out (ResNet-D).
 */
export type ResNetVariant = 'v1a' | 'v1b' | 'v1c' | 'v1d';

export interface StemOptions {
  recipe: Recipe;
  variant: ResNetVariant;
  /** Put before every layer name. */
  prefix: string;
}

function deepStem(image: tfl.SymbolicTensor, { recipe, prefix }: StemOptions): Signal {
  const part = (index: number): string => `${prefix}conv1.${index}`;
  const square = { kernelSize: 3, padding: 1 };
  let x: Signal = unit(recipe, image, {
    convName: part(0),
    normName: part(1),
    actName: part(2),
    filters: 32,
    strides: 2,
    ...square,
  });
  x = unit(recipe, x, {
    convName: part(3),
    normName: part(4),
    actName: part(5),
    filters: 32,
    ...square,
  });
  return unit(recipe, x, {
    convName: part(6),
    normName: `${prefix}bn1`,
    actName: `${prefix}relu`,
    filters: 64,
    ...square,
  });
}

/** Wires the stem onto `image`, [N,H,W,3] → [N,H/4,W/4,64], rounded up. */
export function resNetStem(image: tfl.SymbolicTensor, options: StemOptions): tfl.SymbolicTensor {
  const { recipe, variant, prefix } = options;
  const x =
    variant === 'v1a' || variant === 'v1b'
      ? unit(recipe, image, {
          convName: `${prefix}conv1`,
          normName: `${prefix}bn1`,
          actName: `${prefix}relu`,
          filters: 64,
          kernelSize: 7,
          strides: 2,
          padding: 3,
        })
      : deepStem(image, options);
  return connect(new MaxPool({ name: `${prefix}maxpool`, size: 3, strides: 2, padding: 1 }), x);
}
