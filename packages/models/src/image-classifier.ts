/**
 * A classifier of images with features to compare domains by: backbone → flat features → bottleneck (`bottleneck.ts`) →
 * classifier, with the features that the classifier sees as an output of their own. So networks of the adaptation
 * literature are built, such as those of DANN (Ganin et al. 2016, arXiv:1505.07818), CDAN (Long et al. 2018,
 * arXiv:1705.10667) and SHOT (Liang, Hu, Feng 2020, arXiv:2002.08546).
 */
import { layerSeed, NormDense, WeightNormalization, type Recipe } from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';
import { BACKBONE_PREFIX } from './backbone.ts';
import { bottleneck, type BottleneckOptions } from './bottleneck.ts';
import { cifarResNetFeatures, type CifarResNetOptions } from './cifar-resnet.ts';
import { DIGIT_SIZE, digitFeatures } from './digits.ts';
import { connect } from './graph.ts';
import type { ResNetVariant } from './resnet-stem.ts';
import { resNetFeatures, resNetName, type ResNetDepth, type ResNeXtOptions } from './resnet.ts';
import { squeezeNetFeatures } from './squeezenet.ts';

/** ResNets and SqueezeNet are averaged over their maps; `digits` takes 28×28 pixels and is flat (`digits.ts`). */
export type ClassifierBackbone =
  | ({ kind: 'cifar-resnet' } & Omit<CifarResNetOptions, 'recipe' | 'prefix'>)
  | { kind: 'resnet'; depth: ResNetDepth; variant?: ResNetVariant; resNeXt?: ResNeXtOptions }
  | { kind: 'squeezenet' }
  | { kind: 'digits' };

export interface ImageClassifierOptions {
  backbone: ClassifierBackbone;
  recipe: Recipe;
  /** K, at least 2. */
  classes: number;
  /** Of the images. Default 3. */
  channels?: 1 | 3;
  /**
   * Null: the classifier sees the backbone's features, 512 of ResNet-18 and -34, SqueezeNet and the widths of ImageNet on
   * CIFAR, 64 of the other CIFAR ResNets, 2048 of the deeper ResNets, 800 of `digits`.
   */
  bottleneck: BottleneckOptions | null;
  /**
   * The last layer, which no recipe changes. `plain` has weights from N(0, 0.01²), so that all classes begin about equally
   * likely. `weight-norm`, SHOT's, learns length and direction of each class's weights apart; lengths begin at 1. Biases
   * begin at zero.
   */
  classifier: 'plain' | 'weight-norm';
  /** Of bottleneck, dropout noise and classifier; the backbone's is the recipe's. */
  seed: number;
}

/** Flat features of the backbone [N,d], and a name for the model's. */
function flatFeatures(
  image: tfl.SymbolicTensor,
  backbone: ClassifierBackbone,
  recipe: Recipe,
): { features: tfl.SymbolicTensor; name: string } {
  const options = { recipe, prefix: BACKBONE_PREFIX };
  const averaged = (map: tfl.SymbolicTensor): tfl.SymbolicTensor =>
    connect(tfl.layers.globalAveragePooling2d({ name: `${BACKBONE_PREFIX}avgpool` }), map);
  switch (backbone.kind) {
    case 'resnet': {
      const { depth, variant = 'v1b', resNeXt } = backbone;
      const network = { depth, variant, ...(resNeXt === undefined ? {} : { resNeXt }) };
      const { features } = resNetFeatures(image, { ...options, ...network });
      return { features: averaged(features), name: resNetName(network) };
    }
    case 'cifar-resnet': {
      const { kind, ...network } = backbone;
      const features = averaged(cifarResNetFeatures(image, { ...options, ...network }));
      return { features, name: `${kind.replace('-', '_')}${backbone.depth}` };
    }
    case 'squeezenet':
      return { features: averaged(squeezeNetFeatures(image, options)), name: 'squeezenet' };
    case 'digits':
      return { features: digitFeatures(image, options), name: 'digits' };
  }
}

/** A dense layer without recipe, [N,d] → [N,classes]. */
function classifierLayer(name: string, { classes, classifier, seed }: ImageClassifierOptions): NormDense {
  const kernelInitializer = tfl.initializers.randomNormal({
    mean: 0,
    stddev: 0.01,
    seed: layerSeed(seed, name),
  });
  const kernelNormalizer = classifier === 'weight-norm' ? new WeightNormalization() : null;
  return new NormDense({ name, units: classes, kernelInitializer, kernelNormalizer });
}

/**
 * The model: `image` [N,H,W,channels] → [features [N,d], logits [N,classes]]. Layer names begin with `backbone.`, `bottleneck.`
 * and `classifier.`; features are taken after the bottleneck's dropout.
 *
 * @throws if an option cannot be had.
 */
export function imageClassifier(options: ImageClassifierOptions): tfl.LayersModel {
  const { backbone, recipe, classes, channels = 3, seed } = options;
  if (!Number.isInteger(classes) || classes < 2) {
    throw new Error(`The image classifier got ${classes} classes; give at least 2.`);
  }
  const side = backbone.kind === 'digits' ? DIGIT_SIZE : null;
  const image = tfl.input({ shape: [side, side, channels], name: 'image' });
  const flat = flatFeatures(image, backbone, recipe);
  const features =
    options.bottleneck === null
      ? flat.features
      : bottleneck(flat.features, options.bottleneck, { recipe, prefix: 'bottleneck.', seed });
  const logits = connect(classifierLayer('classifier.fc', options), features);
  return tfl.model({ inputs: image, outputs: [features, logits], name: `${flat.name}_${recipe.name}` });
}
