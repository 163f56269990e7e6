// Weights in fewer bits, in the forms that TensorFlow.js's loader takes: IEEE half precision, and 8-bit integers with one
// scale and one offset per tensor (Jacob et al. 2018, arXiv:1712.05877, equation 1: value = scale · (q − zero)).

import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

export type WeightPrecision = 'float32' | 'float16' | 'uint8';

/** One weight as it is stored. */
export interface StoredWeight {
  /** `<layer>/<weight>`, as TensorFlow.js names it. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Little-endian. */
  readonly bytes: Uint8Array;
  /** How the float32 values come back; left out for float32. */
  readonly quantization?: tf.io.WeightsManifestEntry['quantization'];
}

const asBits = new DataView(new ArrayBuffer(4));

/** The bits of the half-precision number next to `value`, of two equally near the even one. */
export function halfBits(value: number): number {
  asBits.setFloat32(0, value);
  const bits = asBits.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  if (exponent === 0xff) return sign | 0x7c00 | ((bits & 0x7fffff) === 0 ? 0 : 0x200);
  const shifted = exponent - 112;
  if (shifted >= 31) return sign | 0x7c00;
  // Below 2⁻¹⁴ the leading one is written out, and the exponent is 0.
  const mantissa = shifted > 0 ? (shifted << 23) | (bits & 0x7fffff) : (bits & 0x7fffff) | 0x800000;
  const drop = shifted > 0 ? 13 : Math.min(14 - shifted, 31);
  const kept = exponent === 0 ? 0 : mantissa >>> drop;
  const rest = exponent === 0 ? 0 : mantissa & (2 ** drop - 1);
  const half = 2 ** (drop - 1);
  // A carry out of the mantissa is the next exponent, up to infinity.
  return sign | (kept + Number(rest > half || (rest === half && kept % 2 === 1)));
}

/** Half precision reaches 65504; null where a value is beyond. */
function asHalf(values: Float32Array): Pick<StoredWeight, 'bytes' | 'quantization'> | null {
  const halves = Uint16Array.from(values, halfBits);
  if (halves.some((bits) => (bits & 0x7c00) === 0x7c00)) return null;
  return { bytes: new Uint8Array(halves.buffer), quantization: { dtype: 'float16' } };
}

/** Zero is one of the 256 values, so that the zeros between the taps of a spread kernel stay zeros. */
function asBytes(values: Float32Array): Pick<StoredWeight, 'bytes' | 'quantization'> {
  const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [0, 0]);
  const scale = high > low ? (high - low) / 255 : 1;
  const zero = Math.round(-low / scale);
  const bytes = Uint8Array.from(values, (value) =>
    Math.min(255, Math.max(0, Math.round(value / scale) + zero)),
  );
  return { bytes, quantization: { dtype: 'uint8', scale, min: -zero * scale } };
}

const exact = (values: Float32Array): Pick<StoredWeight, 'bytes'> => ({
  bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});

/** The mean, over a kernel's filters, of how far `bytes` move a filter, as a share of its length. */
function filterError(
  values: Float32Array,
  { bytes, quantization }: Pick<StoredWeight, 'bytes' | 'quantization'>,
  filters: number,
): number {
  const { scale = 1, min = 0 } = quantization ?? {};
  const lengths = new Float64Array(filters);
  const moves = new Float64Array(filters);
  values.forEach((value, i) => {
    const filter = i % filters;
    const move = (bytes[i] ?? 0) * scale + min - value;
    lengths[filter] = (lengths[filter] ?? 0) + value ** 2;
    moves[filter] = (moves[filter] ?? 0) + move ** 2;
  });
  const shares = moves.map((move, filter) =>
    Math.sqrt(move / Math.max(lengths[filter] ?? 0, Number.MIN_VALUE)),
  );
  return shares.reduce((sum, share) => sum + share, 0) / filters;
}

/** A kernel of which 8 bits move the average filter by more than this share of its length has 16. */
const MAX_FILTER_ERROR = 0.02;

/**
 * What is stored of a weight. Vectors (biases, scales) are a thousandth of the bytes and stay float32. One scale for all
 * filters of a kernel loses those whose range is far below the largest, as depthwise ones and those that took in a batch
 * norm often have (Krishnamoorthi 2018, arXiv:1806.08342, section 3.1.3): such kernels go no lower than float16.
 */
function stored(
  values: Float32Array,
  shape: readonly number[],
  precision: WeightPrecision,
  filters: number,
): Pick<StoredWeight, 'bytes' | 'quantization'> {
  if (precision === 'float32' || shape.length < 2) return exact(values);
  if (precision === 'uint8') {
    const integers = asBytes(values);
    if (filterError(values, integers, filters) <= MAX_FILTER_ERROR) return integers;
  }
  return asHalf(values) ?? exact(values);
}

/** Every weight of a model in `precision`, layer by layer. */
export function storedWeights(model: tfl.LayersModel, precision: WeightPrecision): StoredWeight[] {
  return model.layers.flatMap((layer) =>
    layer.weights.map((weight) => {
      const tensor = weight.read();
      const values = tensor.dataSync<'float32'>();
      const { originalName: name } = weight;
      const [, , inputs = 1, outputs = 1] = tensor.shape;
      const filters = layer.getClassName() === 'DepthwiseConv2D' ? inputs * outputs : outputs;
      return { name, shape: tensor.shape, ...stored(values, tensor.shape, precision, filters) };
    }),
  );
}
