import type { Recipe } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { BottleneckOptions } from './bottleneck.ts';
import {
  digitClassifier,
  gap,
  narrow,
  noiseImages,
  quiet,
  run,
  values,
  weightOfLayer,
} from './testing/digit-classifier.ts';
import { freeTensorsAfterEach } from './testing/tensor-scope.ts';
import { keepingKernels } from './weights/kept-kernels.ts';

freeTensorsAfterEach();

describe('the bottleneck', () => {
  const layersOf = (name: string, options: Partial<BottleneckOptions>): string[] =>
    digitClassifier(name, { bottleneck: { ...narrow, ...options } })
      .layers.filter((layer) => layer.name.startsWith('bottleneck.'))
      .map((layer) => `${layer.name}: ${layer.getClassName()}`);

  it('has the layers that are asked for', () => {
    expect(layersOf('bn', { dropout: 0.5 })).toEqual([
      'bottleneck.fc: NormDense',
      'bottleneck.norm: BatchNorm',
      'bottleneck.relu: Relu',
      'bottleneck.dropout: PlumblineSeededDropout',
    ]);
    expect(layersOf('wa', {})).toEqual(['bottleneck.fc: NormDense', 'bottleneck.relu: Relu']);
    expect(layersOf('bn', { norm: false, relu: false })).toEqual(['bottleneck.fc: NormDense']);
    expect(layersOf('evos0', {})).toEqual(['bottleneck.fc: NormDense', 'bottleneck.norm: EvoNormS0']);
    expect(layersOf('bkn', {})).toEqual([
      'bottleneck.fc: NormDense',
      'bottleneck.norm: BatchKalmanNorm',
      'bottleneck.relu: MomentRelu',
    ]);
  });

  it('can have a recipe of its own', () => {
    expect(layersOf('none', { recipe: quiet('wa+bn') })).toEqual([
      'bottleneck.fc: NormDense',
      'bottleneck.norm: BatchNorm',
      'bottleneck.relu: Relu',
    ]);
  });

  it('has a bias only where no normalization follows', () => {
    const weights = (name: string, norm: boolean): number =>
      digitClassifier(name, { bottleneck: { ...narrow, norm } }).getLayer('bottleneck.fc').weights.length;
    expect(weights('bn', true)).toBe(1);
    expect(weights('bn', false)).toBe(2);
    expect(weights('none', true)).toBe(2);
  });

  it('normalizes its kernel as the recipe does, but not by a variance that nothing makes up for', () => {
    const normalizer = (recipe: Recipe, norm: boolean): unknown => {
      const { kernelNormalizer } = digitClassifier('none', { recipe, bottleneck: { ...narrow, norm } })
        .getLayer('bottleneck.fc')
        .getConfig();
      return (kernelNormalizer as { className: string } | null)?.className ?? null;
    };
    expect(normalizer(quiet('wa'), false)).toBe('WeightAlign');
    expect(normalizer(quiet('ws+gn'), true)).toBe('WeightStandardization');
    expect(normalizer(quiet('ws+gn'), false)).toBeNull();
    expect(normalizer(keepingKernels(quiet('ws+gn')), false)).toBeNull();
    expect(normalizer(keepingKernels(quiet('ws+gn')), true)).toBe('KeptAffine');
  });

  it.each(['none', 'wa', 'ws', 'bn', 'ws+gn'])(
    'without norm keeps the size of features with recipe %s',
    (name) => {
      const [features] = run(
        digitClassifier(name, { bottleneck: { ...narrow, norm: false, relu: false } }),
        noiseImages(8),
      );
      const [flat] = run(digitClassifier(name, { bottleneck: null }), noiseImages(8));
      const size = (x: tf.Tensor): number => values(tf.sqrt(tf.mean(tf.square(x))))[0] ?? NaN;
      expect(size(features) / size(flat)).toBeGreaterThan(0.3);
      expect(size(features) / size(flat)).toBeLessThan(3);
    },
  );

  it('drops features in training only, where the classifier sees what is left', () => {
    const dropped: BottleneckOptions = { ...narrow, relu: false, dropout: 0.5, dropoutForm: 'l2' };
    const model = digitClassifier('gn', { bottleneck: dropped });
    const plain = digitClassifier('gn', { bottleneck: { ...dropped, dropout: 0 } });
    const [wanted] = run(plain, noiseImages(4));
    expect(values(run(model, noiseImages(4))[0])).toEqual(values(wanted));
    const [features, logits] = run(model, noiseImages(4), true);
    const kept = tf.notEqual(features, 0);
    const share = values(tf.mean(tf.cast(kept, 'float32')))[0] ?? NaN;
    expect(share).toBeGreaterThan(0.35);
    expect(share).toBeLessThan(0.65);
    expect(gap(features, tf.mul(tf.mul(wanted, Math.SQRT2), tf.cast(kept, 'float32')))).toBeLessThan(1e-5);
    expect(
      gap(logits, tf.matMul(features, weightOfLayer(model, 'classifier.fc') as tf.Tensor2D)),
    ).toBeLessThan(1e-5);
  });
});
