import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { freeTensorsAfterEach } from '../testing/tensor-scope.ts';
import { halfBits, storedWeights, type StoredWeight } from './weight-precision.ts';

freeTensorsAfterEach();

/** The values as TensorFlow.js's loader decodes them. */
function decoded({ name, shape, bytes, quantization }: StoredWeight): Float32Array {
  const spec = { name, shape: [...shape], dtype: 'float32' as const };
  const buffer = Uint8Array.from(bytes).buffer;
  const tensors = tf.io.decodeWeights(buffer, [
    quantization === undefined ? spec : { ...spec, quantization },
  ]);
  return (tensors[name] as tf.Tensor).dataSync<'float32'>();
}

/** One convolution of a single pixel with these filters. */
function convolution(filters: readonly (readonly number[])[], depthwise = false): tfl.LayersModel {
  const [first = []] = filters;
  const [inputs, count] = depthwise ? [filters.length, 1] : [first.length, filters.length];
  const image = tfl.input({ shape: [1, 1, inputs] });
  const layer = depthwise
    ? tfl.layers.depthwiseConv2d({ kernelSize: [1, first.length], padding: 'same' })
    : tfl.layers.conv2d({ filters: count, kernelSize: 1 });
  const model = tfl.model({ inputs: image, outputs: layer.apply(image) as tfl.SymbolicTensor });
  const flat = first.flatMap((_, tap) => filters.map((filter) => filter[tap] ?? 0));
  const shape = depthwise ? [1, first.length, inputs, 1] : [1, 1, inputs, count];
  layer.setWeights([tf.tensor(flat, shape), tf.fill([filters.length], 1 / 3)]);
  return model;
}

const wave = (length: number, scale: number, from = 0): number[] =>
  Array.from({ length }, (_, i) => scale * Math.sin(1.7 * (i + from) + 0.3));

describe('halfBits', () => {
  // IEEE 754-2008 binary16: 1 sign, 5 exponent, 10 mantissa bits; ties go to the even mantissa.
  it.each([
    [0, 0],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519, 0x7bff],
    [65520, 0x7c00],
    [1e30, 0x7c00],
    [-Infinity, 0xfc00],
    [NaN, 0x7e00],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 ** -14, 0x0400],
    [2 ** -14 - 2 ** -25, 0x0400],
    [2 ** -15, 0x0200],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [1.5 * 2 ** -24, 0x0002],
    [1.01 * 2 ** -25, 0x0001],
    [2 ** -30, 0x0000],
    [1e-45, 0x0000],
  ])('of %f is %i', (value, bits) => {
    expect(halfBits(value)).toBe(bits);
  });

  it('is the inverse of the loader’s decoder for every finite number', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00,
    );
    const values = decoded({
      name: 'all',
      shape: [all.length],
      bytes: new Uint8Array(all.buffer),
      quantization: { dtype: 'float16' },
    });
    expect(Uint16Array.from(values, halfBits)).toEqual(all);
  });
});

describe('storedWeights', () => {
  const filters = [wave(40, 1), wave(40, 0.5, 3), wave(40, 0.8, 7)];
  const kernelValues = (model: tfl.LayersModel): Float32Array =>
    (model.getWeights()[0] as tf.Tensor).dataSync<'float32'>();

  it('keeps float32 as it is', () => {
    const model = convolution(filters);
    const [kernel, bias] = storedWeights(model, 'float32') as [StoredWeight, StoredWeight];
    expect(kernel.name).toMatch(/\/kernel$/);
    expect([kernel.quantization, bias.quantization]).toEqual([undefined, undefined]);
    expect(decoded(kernel)).toEqual(kernelValues(model));
  });

  it.each(['float16', 'uint8'] as const)('stores vectors of a model in %s as float32', (precision) => {
    const [, bias] = storedWeights(convolution(filters), precision) as [StoredWeight, StoredWeight];
    expect(bias.quantization).toBeUndefined();
    expect(decoded(bias)).toEqual(Float32Array.of(1 / 3, 1 / 3, 1 / 3));
  });

  it('rounds kernels to 11 bits in float16', () => {
    const model = convolution(filters);
    const [kernel] = storedWeights(model, 'float16') as [StoredWeight];
    expect(kernel.quantization).toEqual({ dtype: 'float16' });
    const wanted = kernelValues(model);
    decoded(kernel).forEach((value, i) => {
      expect(Math.abs(value - (wanted[i] ?? 0))).toBeLessThanOrEqual(2 ** -11 * Math.abs(wanted[i] ?? 0));
    });
  });

  it('rounds kernels to 256 values in uint8, one of them zero', () => {
    const model = convolution([[...wave(40, 1), 0], ...filters.slice(1).map((filter) => [...filter, 0])]);
    const [kernel] = storedWeights(model, 'uint8') as [StoredWeight];
    const { dtype, scale = 0 } = kernel.quantization ?? {};
    expect(dtype).toBe('uint8');
    expect(kernel.bytes).toHaveLength(41 * 3);
    const wanted = kernelValues(model);
    decoded(kernel).forEach((value, i) => {
      // The two ends of the range move by up to half a step, so that zero is a step.
      expect(Math.abs(value - (wanted[i] ?? 0))).toBeLessThanOrEqual(scale * 1.001);
      if (wanted[i] === 0) expect(value).toBe(0);
    });
  });

  it('stores a kernel of zeros', () => {
    const [kernel] = storedWeights(
      convolution([
        [0, 0],
        [0, 0],
      ]),
      'uint8',
    ) as [StoredWeight];
    expect(decoded(kernel)).toEqual(new Float32Array(4));
  });

  it.each([false, true])('gives filters of very unequal length 16 bits (depthwise: %s)', (depthwise) => {
    const equal = [wave(9, 1), wave(9, 0.9, 2), wave(9, 0.8, 5)];
    const unequal = [wave(9, 1), wave(9, 0.01, 2), wave(9, 0.02, 5)];
    const dtypeOf = (kernels: number[][]): string | undefined =>
      storedWeights(convolution(kernels, depthwise), 'uint8')[0]?.quantization?.dtype;
    expect(dtypeOf(equal)).toBe('uint8');
    expect(dtypeOf(unequal)).toBe('float16');
  });

  it('keeps what half precision cannot hold in float32', () => {
    const model = convolution([
      [1e5, 1],
      [2, 3],
    ]);
    const [kernel] = storedWeights(model, 'float16') as [StoredWeight];
    expect(kernel.quantization).toBeUndefined();
    expect(decoded(kernel)).toEqual(kernelValues(model));
  });
});
