import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { BatchNorm } from './batch-norm.ts';
import { setInputChecks } from './input-checks.ts';

const broken = (): tf.Tensor => tf.tensor4d([1, Infinity, 2, 3], [1, 2, 2, 1]);
const sound = (): tf.Tensor => tf.ones([1, 2, 2, 1]);

describe('the look at a layer’s input', () => {
  afterEach(() => {
    setInputChecks('first');
  });

  it('is taken at the first input only, so that training never waits for it', () => {
    const layer = new BatchNorm({ name: 'norm' });
    layer.apply(sound());
    expect(() => layer.apply(broken())).not.toThrow();
    setInputChecks('first');
    expect(() => layer.apply(broken())).toThrow(/BatchNorm "norm" got NaN or infinity.*\[1, 2, 2, 1\]/);
  });

  it('is taken at every input or at none on request', () => {
    const layer = new BatchNorm({ name: 'norm' });
    setInputChecks('always');
    layer.apply(sound());
    expect(() => layer.apply(broken())).toThrow(/"norm"/);
    setInputChecks('never');
    expect(() => new BatchNorm({ name: 'other' }).apply(broken())).not.toThrow();
  });
});
