/**
 * Weights of `keras.applications`' MobileNetV2 and ResNet-50 and -101 under this project's names: those of a Keras model's
 * variables, such as `block_1_expand/kernel`, with or without `:0` and the model's name before it. Kernels are
 * [kh, kw, Cin, Cout], depthwise ones [kh, kw, C, 1]. The layers after the features, of the classifier, are unexpected.
 *
 * Keras pads the stride-2 convolutions of MobileNetV2 as this project does where their inputs have odd sizes, as with
 * images of k·32 + 1 pixels. Its ResNet takes strides as variant `v1a`.
 */
import { BACKBONE_PREFIX } from '../backbone.ts';
import type { NamedWeight, NamedWeights, WeightRecords, WeightRole } from './named-weights.ts';

const EPSILON = { mobileNetV2: 1e-3, resNet: 1.001e-5 };

const ROLES: Readonly<Record<string, WeightRole>> = {
  kernel: 'kernel',
  depthwise_kernel: 'kernel',
  bias: 'bias',
  gamma: 'gamma',
  beta: 'beta',
  moving_mean: 'movingMean',
  moving_variance: 'movingVariance',
};

/** Convolution and normalization of a member of a MobileNetV2 block; the first block has no expansion. */
const MEMBERS: Readonly<Record<string, (isFirst: boolean) => readonly [conv: string, norm: string]>> = {
  expand: () => ['conv.0.0', 'conv.0.1'],
  depthwise: (isFirst) => (isFirst ? ['conv.0.0', 'conv.0.1'] : ['conv.1.0', 'conv.1.1']),
  project: (isFirst) => (isFirst ? ['conv.1', 'conv.2'] : ['conv.2', 'conv.3']),
};

function mobileNetLayer(layer: string): string | null {
  if (layer === 'Conv1') return 'features.0.0';
  if (layer === 'bn_Conv1') return 'features.0.1';
  const [, scope, number = '0', member = '', norm] =
    /^(expanded_conv|block_(\d+))_(expand|depthwise|project)(_BN)?$/.exec(layer) ?? [];
  const names = MEMBERS[member]?.(scope === 'expanded_conv');
  return names === undefined ? null : `features.${Number(number) + 1}.${names[norm === undefined ? 0 : 1]}`;
}

function resNetLayer(layer: string): string | null {
  if (layer === 'conv1_conv') return 'conv1';
  if (layer === 'conv1_bn') return 'bn1';
  const [, stage, block, part = '', kind] = /^conv([2-5])_block(\d+)_([0-3])_(conv|bn)$/.exec(layer) ?? [];
  if (stage === undefined) return null;
  const member = kind === 'conv' ? ['downsample.0', 'conv'] : ['downsample.1', 'bn'];
  return `layer${Number(stage) - 1}.${Number(block) - 1}.${part === '0' ? member[0] : `${member[1]}${part}`}`;
}

/** Layer and weight of a variable's name. */
function partsOf(record: string): readonly [layer: string, weight: string] {
  const [weight = '', layer = ''] = record.replace(/:\d+$/, '').split('/').reverse();
  return [layer, weight];
}

const holdsKernelOf = (records: WeightRecords, layer: string): boolean =>
  [...records.keys()].some((record) => partsOf(record).join('/') === `${layer}/kernel`);

/** Whether these records have the names of such a model. */
export const areKerasWeights = (records: WeightRecords): boolean =>
  holdsKernelOf(records, 'Conv1') || holdsKernelOf(records, 'conv1_conv');

/** Translates the variables of a Keras model. */
export function kerasWeights(records: WeightRecords): NamedWeights {
  const isResNet = holdsKernelOf(records, 'conv1_conv');
  const weights = new Map<string, NamedWeight>();
  const unexpected: string[] = [];
  for (const [record, { shape, data }] of records) {
    const [layer, weight] = partsOf(record);
    const ours = isResNet ? resNetLayer(layer) : mobileNetLayer(layer);
    const role = ROLES[weight];
    if (ours === null || role === undefined) {
      unexpected.push(record);
      continue;
    }
    const [height = 0, width = 0, channels = 0] = shape;
    weights.set(`${BACKBONE_PREFIX}${ours}/${role}`, {
      record,
      shape: layer.endsWith('_depthwise') ? [height, width, 1, channels] : shape,
      data: data instanceof Float32Array ? data : new Float32Array(data),
    });
  }
  return {
    format: 'keras',
    epsilon: isResNet ? EPSILON.resNet : EPSILON.mobileNetV2,
    weights,
    unexpected,
    ...(isResNet ? { strideFirst: true } : {}),
  };
}
