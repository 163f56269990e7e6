import * as tf from '@tensorflow/tfjs-core';
import { checkGradients, worstGradientError } from '@plumbline/test-support';
import { describe, expect, it, vi } from 'vitest';
import { convolutionCases, disagreement, golden, hasNative, leftBehind } from './agreement.test.support.ts';
import { conv2d } from './conv2d.ts';
import { nativeBackend } from './native-backend.ts';

/** The definition, pixel by pixel, with PyTorch's padding. */
function byDefinition(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  stride: number,
  dilation: number,
  padding: number,
  groups = 1,
) {
  const [, height, width] = x.shape;
  const [kh, kw, inputs, outputs] = kernel.shape;
  const size = (length: number, taps: number): number =>
    Math.floor((length + 2 * padding - dilation * (taps - 1) - 1) / stride) + 1;
  const [xs, ks] = [x.arraySync(), kernel.arraySync()];
  const result: number[] = [];
  for (let i = 0; i < size(height, kh); i++)
    for (let j = 0; j < size(width, kw); j++)
      for (let o = 0; o < outputs; o++) {
        let sum = 0;
        for (let a = 0; a < kh; a++)
          for (let b = 0; b < kw; b++)
            for (let c = 0; c < inputs; c++) {
              const pixel =
                xs[0]?.[stride * i + dilation * a - padding]?.[stride * j + dilation * b - padding];
              const channel = Math.floor((o * groups) / outputs) * inputs + c;
              sum += (pixel?.[channel] ?? 0) * (ks[a]?.[b]?.[c]?.[o] ?? NaN);
            }
        result.push(sum);
      }
  return result;
}

describe('conv2d', () => {
  const x = golden([2, 8, 7, 3]) as tf.Tensor4D;
  const kernel = golden([3, 3, 3, 4], 50) as tf.Tensor4D;

  it.each([
    [8, 7, 1, 1, 1],
    [8, 7, 2, 1, 1],
    [9, 7, 2, 1, 1],
    [8, 7, 1, 2, 2],
    [8, 9, 1, 3, 1],
    [8, 7, 3, 1, 2],
  ])(
    'equals the definition on %i×%i, stride %i, dilation %i, padding %i',
    (h, w, strides, dilation, padding) => {
      const one = golden([1, h, w, 3]) as tf.Tensor4D;
      const expected = byDefinition(one, kernel, strides, dilation, padding);
      const got = Array.from(conv2d(one, kernel, { strides, dilation, padding }).dataSync());
      expect(got.length).toBe(expected.length);
      expect(Math.max(...got.map((v, i) => Math.abs(v - (expected[i] ?? NaN))))).toBeLessThan(1e-4);
    },
  );

  describe('in groups', () => {
    const wide = golden([2, 8, 7, 6]) as tf.Tensor4D;
    /** 3 groups of 2 channels and 4 filters; 6 of 1 and 2. */
    const kernels = { 3: golden([3, 3, 2, 12], 50), 6: golden([3, 3, 1, 12], 50) } as const;
    const cases = convolutionCases.flatMap((options) =>
      ([3, 6] as const).map((groups) => ({ ...options, groups })),
    );

    it.each([
      { strides: 1, dilation: 1, padding: 1, groups: 3 },
      { strides: 2, dilation: 1, padding: 1, groups: 6 },
      { strides: 1, dilation: 2, padding: 2, groups: 3 },
    ] as const)('equals the definition with %j', (options) => {
      const { strides, dilation, padding, groups } = options;
      const one = tf.slice(wide, 0, 1);
      const expected = byDefinition(one, kernels[groups] as tf.Tensor4D, strides, dilation, padding, groups);
      const got = Array.from(conv2d(one, kernels[groups] as tf.Tensor4D, options).dataSync());
      expect(got.length).toBe(expected.length);
      expect(Math.max(...got.map((v, i) => Math.abs(v - (expected[i] ?? NaN))))).toBeLessThan(1e-4);
    });

    it.each(cases)('has the gradient of finite differences with %j', (options) => {
      const f = (a: tf.Tensor, b: tf.Tensor) => conv2d(a as tf.Tensor4D, b as tf.Tensor4D, options);
      expect(worstGradientError(checkGradients(f, [wide, kernels[options.groups]]))).toBeLessThan(2e-3);
    });

    it.skipIf(!hasNative).each(cases)(
      'agrees between native and portable with %j (needs the native engine)',
      async (options) => {
        const f = (a: tf.Tensor, b: tf.Tensor) => conv2d(a as tf.Tensor4D, b as tf.Tensor4D, options);
        expect(await disagreement(f, [wide, kernels[options.groups]])).toBeLessThan(1e-4);
      },
    );

    it('leaves nothing behind', () => {
      const f = (a: tf.Tensor, b: tf.Tensor) => conv2d(a as tf.Tensor4D, b as tf.Tensor4D, { groups: 3 });
      expect(leftBehind(f, [wide, kernels[3]])).toEqual([0, 0]);
    });

    it('refuses groups that do not divide channels and filters', () => {
      expect(() => conv2d(wide, kernels[3] as tf.Tensor4D, { groups: 2 })).toThrow(
        'got x of shape [2, 8, 7, 6] and kernel [3, 3, 2, 12]; the last axis of x must be 2 times, the groups, the third of the kernel.',
      );
      expect(() => conv2d(wide, golden([3, 3, 2, 4]) as tf.Tensor4D, { groups: 3 })).toThrow(
        'got a kernel of shape [3, 3, 2, 4] and 3 groups; its filters must divide into that many.',
      );
      expect(() => conv2d(wide, kernels[3] as tf.Tensor4D, { groups: 0 })).toThrow('groups = 0');
    });
  });

  it.each(convolutionCases)('has the gradient of finite differences with %j', (options) => {
    const f = (a: tf.Tensor, b: tf.Tensor) => conv2d(a as tf.Tensor4D, b as tf.Tensor4D, options);
    expect(worstGradientError(checkGradients(f, [x, kernel]))).toBeLessThan(2e-3);
  });

  it.skipIf(!hasNative).each(convolutionCases)(
    'agrees between native and portable with %j (needs the native engine)',
    async (options) => {
      const f = (a: tf.Tensor, b: tf.Tensor) => conv2d(a as tf.Tensor4D, b as tf.Tensor4D, options);
      expect(await disagreement(f, [x, kernel])).toBeLessThan(1e-4);
    },
  );

  it.skipIf(!hasNative)(
    'does not compute the gradient of an input nobody asks for (needs the native engine)',
    () => {
      const native = nativeBackend();
      if (native === null) throw new Error('The native backend is not active.');
      const run = vi.spyOn(native, 'executeSingleOutput');
      tf.grad((k: tf.Tensor) => tf.sum(conv2d(x, k as tf.Tensor4D)))(kernel);
      const operations = run.mock.calls.map(([name]) => name);
      run.mockRestore();
      expect(operations).toContain('Conv2DBackpropFilter');
      expect(operations).not.toContain('Conv2DBackpropInput');
    },
  );

  it('leaves nothing behind', () => {
    for (const options of [{}, { dilation: 2 }, { strides: 2, padding: 1 }]) {
      const f = (a: tf.Tensor, b: tf.Tensor) => conv2d(a as tf.Tensor4D, b as tf.Tensor4D, options);
      expect(leftBehind(f, [x, kernel])).toEqual([0, 0]);
    }
  });

  it('refuses what it cannot do, in one sentence', () => {
    expect(() => conv2d(x, kernel, { strides: 2, dilation: 2 })).toThrow('one of them must be 1');
    expect(() => conv2d(x, golden([3, 3, 2, 4]) as tf.Tensor4D)).toThrow('must be equal');
    expect(() => conv2d(golden([8, 7, 3]) as tf.Tensor4D, kernel)).toThrow('rank 4');
    expect(() => conv2d(x, kernel, { dilation: 9, padding: 'valid' })).toThrow('does not fit');
    expect(() => conv2d(x, kernel, { padding: -1 })).toThrow('whole numbers');
    expect(() => conv2d(tf.cast(x, 'int32'), kernel)).toThrow('float32');
    expect(() => conv2d(x, kernel, { strides: 0 })).toThrow('strides = 0');
  });
});
