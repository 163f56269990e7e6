import { checkGradients, worstGradientError } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { NormConv2D } from '../layers/norm-conv2d.ts';
import { kernelKinds, mapFilters } from '../testing/filter-reference.ts';
import { goldenKernel, largestDifference } from '../testing/golden.ts';
import { CenteredWeightNormalization } from './centered-weight-normalization.ts';
import { convolutionFilters, type FilterLayout } from './filter-layout.ts';
import { KeptAffine, keptAffineFor } from './kept-affine.ts';
import { KernelNormalizer, type KernelWeight } from './kernel-normalizer.ts';
import { ParametricWeightStandardization } from './parametric-weight-standardization.ts';
import { ScaledWeightStandardization } from './scaled-weight-standardization.ts';
import { WeightAlign } from './weight-align.ts';
import { WeightCentring } from './weight-centring.ts';
import { WeightNormalization } from './weight-normalization.ts';
import { WeightStandardization } from './weight-standardization.ts';

const normalizers: KernelNormalizer[] = [
  new WeightAlign(),
  new WeightStandardization(),
  new ParametricWeightStandardization({ equivalent: true }),
  new WeightNormalization(),
  new CenteredWeightNormalization({ adjustScale: true }),
  new ScaledWeightStandardization({ variant: 'timm', reluGain: true }),
  new WeightCentring(),
];
const named = normalizers.map((normalizer) => ({ name: normalizer.getClassName(), normalizer }));

/** Not an affine map of a filter. */
class Squares extends KernelNormalizer {
  static className = 'SquaresForTest';
  override weights(): KernelWeight[] {
    return [];
  }
  override normalize<K extends tf.Tensor>(kernel: K): K {
    return tf.square(kernel);
  }
  override getConfig(): tf.serialization.ConfigDict {
    return {};
  }
}

const initialWeights = (normalizer: KernelNormalizer, layout: FilterLayout): tf.Tensor[] =>
  normalizer.weights(layout).map(({ initializer, shape }) => initializer.apply(shape));

describe('keptAffineFor', () => {
  it.each(named.flatMap((one) => kernelKinds.map((kind) => ({ ...one, ...kind }))))(
    'makes $name give the raw $kind kernel back',
    ({ normalizer, shape, axes, filters }) => {
      const kernel = tf.randomNormal([...shape], 0.1, 0.3, 'float32', 4);
      const layout = { statisticAxes: axes, filterCount: filters, fanIn: kernel.size / filters, fanOut: 30 };
      const { keptScale, keptOffset, largestRelativeError } = keptAffineFor(kernel, normalizer, layout);
      expect(largestRelativeError).toBeLessThan(3e-6);
      const kept = new KeptAffine({ inner: normalizer });
      const weights = [...initialWeights(normalizer, layout), keptScale, keptOffset];
      const effective = kept.normalize(kernel, weights, layout);
      expect(effective.shape).toEqual(shape);
      expect(largestDifference(effective.dataSync(), kernel.dataSync())).toBeLessThan(4e-6);
    },
  );

  it('gives Weight Standardization the deviation and mean of each filter, as mmcv keeps them', () => {
    const kernel = goldenKernel();
    const inner = new WeightStandardization({ variant: 'bcn-imagenet' });
    const fit = keptAffineFor(kernel, inner, convolutionFilters(kernel.shape));
    const [scales, offsets] = [fit.keptScale.dataSync(), fit.keptOffset.dataSync()];
    mapFilters(kernel, 4, ({ w, mean, unbiased, index }) => {
      expect(scales[index]).toBeCloseTo(Math.sqrt(unbiased + 1e-5), 6);
      expect(offsets[index]).toBeCloseTo(mean, 6);
      return w;
    });
  });

  it('uses the inner weights it is given', () => {
    const kernel = goldenKernel();
    const layout = convolutionFilters(kernel.shape);
    const one = keptAffineFor(kernel, new WeightAlign(), layout);
    const two = keptAffineFor(kernel, new WeightAlign(), layout, [tf.fill([4], 2)]);
    expect(largestDifference(tf.mul(two.keptScale, 2).dataSync(), one.keptScale.dataSync())).toBeLessThan(
      1e-6,
    );
  });

  it('keeps a constant filter by its offset', () => {
    const kernel = tf.fill<tf.Rank.R4>([3, 3, 2, 4], 0.25);
    const fit = keptAffineFor(kernel, new WeightStandardization(), convolutionFilters(kernel.shape));
    expect([...fit.keptScale.dataSync()]).toEqual([0, 0, 0, 0]);
    expect([...fit.keptOffset.dataSync()]).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(fit.largestRelativeError).toBe(0);
  });

  it('tells how far a normalizer that is no affine map of its filters stays away', () => {
    const kernel = goldenKernel();
    const fit = keptAffineFor(kernel, new Squares(), convolutionFilters(kernel.shape));
    expect(fit.largestRelativeError).toBeGreaterThan(0.5);
  });

  it('leaves only what it returns', () => {
    const kernel = goldenKernel();
    const before = tf.memory().numTensors;
    const fit = keptAffineFor(kernel, new WeightAlign(), convolutionFilters(kernel.shape));
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([fit.keptScale, fit.keptOffset]);
  });
});

describe('KeptAffine', () => {
  it('is its inner normalizer at the start', () => {
    const kernel = goldenKernel();
    const layout = convolutionFilters(kernel.shape);
    const inner = new WeightAlign();
    const kept = new KeptAffine({ inner });
    const wanted = inner.normalize(kernel, initialWeights(inner, layout), layout).dataSync();
    const y = kept.normalize(kernel, initialWeights(kept, layout), layout);
    expect(largestDifference(y.dataSync(), wanted)).toBe(0);
  });

  it('has the right gradients for the kernel and the inner scale', () => {
    const kernel = goldenKernel();
    const layout = convolutionFilters(kernel.shape);
    const kept = new KeptAffine({ inner: new WeightAlign() });
    const [scale, offset] = [tf.tensor1d([0.5, 2, -1, 1]), tf.tensor1d([0.1, 0.2, 0.3, 0.4])];
    const checks = checkGradients(
      (w, gamma) => kept.normalize(w, [gamma as tf.Tensor, scale, offset], layout),
      [kernel, tf.ones([4])],
    );
    expect(worstGradientError(checks)).toBeLessThan(2e-3);
  });

  it('holds scale and offset beside the layer’s trained weights', () => {
    const inner = new WeightAlign();
    const layer = new NormConv2D({
      name: 'c',
      filters: 4,
      kernelSize: 3,
      kernelNormalizer: new KeptAffine({ inner }),
    });
    layer.apply(tfl.input({ shape: [null, null, 2] }));
    const names = (weights: tfl.LayerVariable[]): string[] => weights.map((weight) => weight.originalName);
    expect(names(layer.trainableWeights)).toEqual(['c/kernel', 'c/gamma', 'c/bias']);
    expect(names(layer.nonTrainableWeights)).toEqual(['c/keptScale', 'c/keptOffset']);
    layer.dispose();
  });

  it('refuses an inner normalizer that is none or another one of its kind', () => {
    const kept = new KeptAffine({ inner: new WeightAlign() });
    expect(() => new KeptAffine({ inner: kept })).toThrow(/another KeptAffine as its inner normalizer/);
    const none = null as unknown as KernelNormalizer;
    expect(() => new KeptAffine({ inner: none })).toThrow(/KeptAffine got no inner normalizer/);
    expect(() => new KeptAffine({ inner: { className: 'Zeros', config: {} } })).toThrow(
      /inner normalizer of a KeptAffine is a Zeros/,
    );
  });
});
