/** The choice of a backbone for a segmentation network: a ResNet or a MobileNetV2. */
import type { Recipe } from '@plumbline/norm';
import type * as tfl from '@tensorflow/tfjs-layers';
import { mobileNetV2Features } from './mobilenet-v2.ts';
import type { ResNetVariant } from './resnet-stem.ts';
import {
  resNetFeatures,
  resNetName,
  type BackboneFeatures,
  type OutputStride,
  type ResNetDepth,
} from './resnet.ts';

export interface BackboneOptions {
  /** Default `resnet`. */
  backbone?: 'resnet' | 'mobilenetv2';
  /** Of the ResNet. Default 50. */
  depth?: ResNetDepth;
  /** Stem and shortcuts of the ResNet; see `ResNetVariant`. Default `v1b`, torchvision's. */
  variant?: ResNetVariant;
  /** Factor on the channels of MobileNetV2. Default 1. */
  width?: number;
  /** What MobileNetV2's channels are rounded to; see `MobileNetV2Options.channelMultiple`. Default 8. */
  channelMultiple?: number;
  recipe: Recipe;
  /** Input pixels per feature pixel. Default 16. */
  outputStride?: OutputStride;
  /** Dilation factors of the ResNet's last stage. Default all 1. */
  multiGrid?: readonly number[];
  /** Start residual branches at zero. Default false. */
  zeroInitResidual?: boolean;
  /** Seed of MobileNetV2's depthwise kernels; that of the others is the recipe's. Default 0. */
  seed?: number;
}

/** Layer names of the backbone begin with this; everything else is the head. */
export const BACKBONE_PREFIX = 'backbone.';

/** The backbone's feature maps, and a name for the model's. */
export function backboneFeatures(
  image: tfl.SymbolicTensor,
  options: BackboneOptions,
): BackboneFeatures & { name: string } {
  const { recipe, backbone = 'resnet', depth = 50, variant = 'v1b', outputStride = 16 } = options;
  const { width = 1, channelMultiple = 8, multiGrid = [1], zeroInitResidual = false, seed = 0 } = options;
  const common = { recipe, outputStride, zeroInitResidual, prefix: BACKBONE_PREFIX };
  if (backbone === 'resnet') {
    const features = resNetFeatures(image, { ...common, depth, variant, multiGrid });
    return { ...features, name: resNetName({ depth, variant }) };
  }
  if (multiGrid.some((factor) => factor !== 1)) {
    throw new Error(
      `DeepLabv3 on MobileNetV2 got multiGrid [${multiGrid.join(', ')}]; leave it [1]: only ResNet has one.`,
    );
  }
  if (variant !== 'v1b') {
    throw new Error(`DeepLabv3 on MobileNetV2 got variant ${variant}; leave it v1b: only ResNet has others.`);
  }
  const features = mobileNetV2Features(image, { ...common, width, channelMultiple, seed });
  return { ...features, name: `mobilenetv2-${width}` };
}
