/**
 * Weights of TensorFlow DeepLab's MobileNetV2 models as TFLite files hold them (`deeplabv3_257_mv_gpu`) under this
 * project's names. Kernels are [Cout, kh, kw, Cin], depthwise ones [1, kh, kw, C]; batch normalizations are already in
 * kernels and biases. The model joins its pyramid as [pooled, 1×1]; ours as [1×1, pooled], so the projection's inputs
 * change places.
 */
import { BACKBONE_PREFIX } from '../backbone.ts';
import {
  transposed,
  type NamedWeight,
  type NamedWeights,
  type WeightRecord,
  type WeightRecords,
} from './named-weights.ts';

/** TensorFlow DeepLab's, of the normalizations that were folded. */
const EPSILON = 1e-3;
const HEAD: Readonly<Record<string, string>> = {
  aspp0: 'classifier.0.convs.0.0',
  image_pooling: 'classifier.0.convs.1.0',
  concat_projection: 'classifier.0.project.0',
  'logits/semantic': 'classifier.4',
};
const MEMBERS: Readonly<Record<string, (block: number) => string>> = {
  expand: () => 'conv.0.0',
  depthwise: (block) => (block === 0 ? 'conv.0.0' : 'conv.1.0'),
  project: (block) => (block === 0 ? 'conv.1' : 'conv.2'),
};

function layerOf(scope: string): string | null {
  if (scope === 'MobilenetV2/Conv') return `${BACKBONE_PREFIX}features.0.0`;
  const [, number, member = ''] = /^MobilenetV2\/expanded_conv(?:_(\d+))?\/(\w+)$/.exec(scope) ?? [];
  const name = MEMBERS[member];
  if (name === undefined) return HEAD[scope] ?? null;
  const block = Number(number ?? 0);
  return `${BACKBONE_PREFIX}features.${block + 1}.${name(block)}`;
}

/** The second half of the input channels of [1, 1, Cin, Cout] before the first. */
function withHalvesSwapped({ shape, data }: Pick<NamedWeight, 'shape' | 'data'>): typeof data {
  const half = Math.floor((shape[2] ?? 0) / 2) * (shape[3] ?? 0);
  const swapped = new Float32Array(data.length);
  swapped.set(data.subarray(half));
  swapped.set(data.subarray(0, half), data.length - half);
  return swapped;
}

function kernelOf(scope: string, record: WeightRecord): Pick<NamedWeight, 'shape' | 'data'> {
  const kernel = transposed(record, [1, 2, 3, 0]);
  return scope === 'concat_projection' ? { ...kernel, data: withHalvesSwapped(kernel) } : kernel;
}

/** Whether these records have the names of such a file. */
export const areTfliteWeights = (records: WeightRecords): boolean => records.has('MobilenetV2/Conv/weights');

/** Translates the tensors of a TFLite file. Whole numbers, such as the sizes of resizings, are no weights. */
export function tfliteWeights(records: WeightRecords): NamedWeights {
  const weights = new Map<string, NamedWeight>();
  const unexpected: string[] = [];
  for (const [record, { shape, data }] of records) {
    if (data instanceof Int32Array) continue;
    const [, scope = '', kind = ''] =
      /^(.*)\/(weights|depthwise_weights|Conv2D_bias|depthwise_bias)$/.exec(record) ?? [];
    const layer = layerOf(scope);
    if (layer === null) unexpected.push(record);
    else if (kind.endsWith('bias')) weights.set(`${layer}/bias`, { record, shape, data });
    else if (kind === 'depthwise_weights') {
      const [, height = 0, width = 0, channels = 0] = shape;
      weights.set(`${layer}/kernel`, { record, shape: [height, width, 1, channels], data });
    } else weights.set(`${layer}/kernel`, { record, ...kernelOf(scope, { shape, data }) });
  }
  return { format: 'tflite', epsilon: EPSILON, weights, unexpected };
}
