/**
 * Weights of SqueezeNet 1.0 as Caffe holds them (kernels [Cout, Cin, kh, kw] and biases under the names of its authors'
 * releases, `fire2/squeeze1x1` or `fire2/conv1x1_1`) under this project's names.
 *
 * Caffe's images have the channels blue, green, red from 0 to 255, less 104, 117 and 123. Here the first convolution's
 * input channels change places, so that the model takes `CAFFE_NORMALIZATION` of red, green, blue.
 */
import { BACKBONE_PREFIX } from '../backbone.ts';
import { transposed, type NamedWeight, type NamedWeights, type WeightRecords } from './named-weights.ts';

/**
 * What networks with weights from Caffe take: (RGB/255 − mean) / std, which is RGB from 0 to 255 less 123, 117 and 104, per
 * channel red, green, blue.
 */
export const CAFFE_NORMALIZATION = {
  mean: [123 / 255, 117 / 255, 104 / 255],
  std: [1 / 255, 1 / 255, 1 / 255],
} as const;

/** Only what other formats have too: there is no batch normalization in such a file. */
const EPSILON = 1e-5;
const FIRST = 'conv1';
const MEMBERS: Readonly<Record<string, string>> = {
  squeeze1x1: 'squeeze',
  conv1x1_1: 'squeeze',
  expand1x1: 'expand1x1',
  conv1x1_2: 'expand1x1',
  expand3x3: 'expand3x3',
  conv3x3_2: 'expand3x3',
};

/** Our layer of a layer in the file; a pooling follows fire4 and fire8, and takes up a place. */
function layerOf(layer: string): string | null {
  if (layer === FIRST) return `${BACKBONE_PREFIX}features.0`;
  if (layer === 'conv10' || layer === 'conv_final') return `${BACKBONE_PREFIX}classifier.1`;
  const [, number, part = ''] = /^fire(\d)\/(\w+)$/.exec(layer) ?? [];
  const member = MEMBERS[part];
  if (number === undefined || member === undefined) return null;
  const fire = Number(number);
  const index = fire + 1 + (fire > 4 ? 1 : 0) + (fire > 8 ? 1 : 0);
  return `${BACKBONE_PREFIX}features.${index}.${member}`;
}

/** A kernel [kh, kw, Cin, Cout] with its input channels in the opposite order. */
function withChannelsReversed({ shape, data }: Pick<NamedWeight, 'shape' | 'data'>): typeof data {
  const [, , channels = 0, filters = 0] = shape;
  const block = channels * filters;
  return data.map((_, i) => {
    const channel = Math.floor((i % block) / filters);
    return data[i + (channels - 1 - 2 * channel) * filters] ?? NaN;
  });
}

/** Whether these records have the names of such a file. */
export const areCaffeWeights = (records: WeightRecords): boolean =>
  [...records.keys()].some((name) => /^fire\d\/\w+\.weight$/.test(name));

/** Translates the arrays of a Caffe file. */
export function caffeWeights(records: WeightRecords): NamedWeights {
  const weights = new Map<string, NamedWeight>();
  const unexpected: string[] = [];
  for (const [record, { shape, data }] of records) {
    const [, caffe = '', kind = ''] = /^(.*)\.(weight|bias)$/.exec(record) ?? [];
    const layer = layerOf(caffe);
    if (layer === null) unexpected.push(record);
    else if (kind === 'bias') weights.set(`${layer}/bias`, { record, shape, data: new Float32Array(data) });
    else {
      const kernel = transposed({ shape, data }, [2, 3, 1, 0]);
      const ours = caffe === FIRST ? { ...kernel, data: withChannelsReversed(kernel) } : kernel;
      weights.set(`${layer}/kernel`, { record, ...ours });
    }
  }
  return { format: 'caffe', epsilon: EPSILON, weights, unexpected };
}
