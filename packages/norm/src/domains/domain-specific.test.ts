import { savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BatchNorm } from '../layers/batch-norm.ts';
import { DomainSpecificBatchNorm } from '../layers/domain-specific-batch-norm.ts';
import { largestDifference } from '../testing/golden.ts';
import { setDomain, toDomainSpecific } from './domain-specific.ts';

const batch = (seed: number): tf.Tensor2D => tf.randomNormal([6, 3], seed, 1 + seed, 'float32', seed + 1);
const values = (weights: readonly tf.Tensor[]): number[][] => weights.map((w) => Array.from(w.dataSync()));

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

describe('DomainSpecificBatchNorm', () => {
  it('is one batch normalization per domain', () => {
    const layer = new DomainSpecificBatchNorm({ name: 'ds', domains: 3, momentum: 0.4 });
    layer.apply(tfl.input({ shape: [3] }));
    layer.setWeights(layer.getWeights().map((w, i) => tf.randomUniform(w.shape, 0.5, 1.5, 'float32', i + 1)));
    const alone = [0, 1, 2].map((domain) => {
      const single = new BatchNorm({ name: `bn${domain}`, momentum: 0.4 });
      single.apply(tfl.input({ shape: [3] }));
      single.setWeights(layer.getWeights().map((w) => tf.unstack(w)[domain] as tf.Tensor));
      return single;
    });
    for (const domain of [2, 0, 2]) {
      layer.domain = domain;
      const single = alone[domain] as BatchNorm;
      for (const training of [true, false]) {
        const y = layer.apply(batch(domain), { training }) as tf.Tensor;
        const wanted = single.apply(batch(domain), { training }) as tf.Tensor;
        expect(y.dataSync()).toEqual(wanted.dataSync());
      }
      const { scale, shift } = layer.inferenceAffine();
      expect(values([scale, shift])).toEqual(values(Object.values(single.inferenceAffine())));
    }
    alone.forEach((single, domain) => {
      const branch = layer.getWeights().map((w) => tf.unstack(w)[domain] as tf.Tensor);
      expect(values(branch)).toEqual(values(single.getWeights()));
    });
  });

  it('gives only the active rows a gradient', () => {
    const layer = new DomainSpecificBatchNorm({ name: 'ds', domain: 1 });
    layer.apply(tfl.input({ shape: [3] }));
    const { grads } = tf.variableGrads(() =>
      tf.sum(tf.mul(layer.apply(batch(1), { training: true }) as tf.Tensor, batch(2))),
    );
    expect(Object.keys(grads)).toHaveLength(2);
    for (const gradient of Object.values(grads)) {
      const [other, active] = values(tf.unstack(gradient));
      expect(other).toEqual([0, 0, 0]);
      expect(active?.every((value) => value !== 0)).toBe(true);
    }
  });

  it('refuses domains it does not have, and numbers of domains that are none', () => {
    const layer = new DomainSpecificBatchNorm({ name: 'ds' });
    for (const domain of [2, -1, 0.5]) {
      expect(() => {
        layer.domain = domain;
      }).toThrow(/"ds" has 2 domains and got domain .*: use a whole number from 0 to 1/);
    }
    expect(layer.domain).toBe(0);
    expect(() => new DomainSpecificBatchNorm({ name: 'ds', domains: 0 })).toThrow(/"ds" got 0 domains/);
    expect(() => new DomainSpecificBatchNorm({ name: 'ds', momentum: -1 })).toThrow(
      /DomainSpecificBatchNorm "ds" got momentum -1/,
    );
    layer.apply(tfl.input({ shape: [3] }));
    expect(() => layer.apply(tf.ones([1, 3]), { training: true })).toThrow(
      /DomainSpecificBatchNorm "ds" got an input of shape \[1, 3\] in training: one value per channel/,
    );
  });
});

/** Dense layers between this package's and TF.js's batch normalization, the latter without scale in one place. */
function ordinary(): tfl.LayersModel {
  const inner = tfl.sequential({
    name: 'inner',
    layers: [
      tfl.layers.dense({ name: 'dense', units: 4, inputShape: [3] }),
      tfl.layers.batchNormalization({ name: 'stock', epsilon: 0.01, momentum: 0.8 }),
      tfl.layers.batchNormalization({ name: 'unscaled', scale: false, axis: 1 }),
    ],
  });
  const input = tfl.input({ shape: [3] });
  const bn = new BatchNorm({ name: 'bn', momentum: 0.2, epsilon: 0.02, trainable: false });
  const model = tfl.model({
    inputs: input,
    outputs: bn.apply(inner.apply(input) as tfl.SymbolicTensor) as tfl.SymbolicTensor,
    name: 'net',
  });
  model.setWeights(model.getWeights().map((w, i) => tf.randomUniform(w.shape, 0.5, 1.5, 'float32', i + 1)));
  return model;
}

describe('toDomainSpecific', () => {
  it('makes a model that is the same function in every domain, and leaves the original', () => {
    const model = ordinary();
    const [before, wanted] = [values(model.getWeights()), model.predict(batch(1)) as tf.Tensor];
    const copy = toDomainSpecific(model, { domains: 3 });
    for (const domain of [0, 1, 2]) {
      setDomain(copy, domain);
      const y = copy.predict(batch(1)) as tf.Tensor;
      expect(largestDifference(y.dataSync(), wanted.dataSync())).toBeLessThan(1e-5);
    }
    expect(values(model.getWeights())).toEqual(before);
    const { name, momentum, convention, epsilon, trainable } = copy.getLayer('bn').getConfig();
    expect([name, momentum, convention, epsilon, trainable]).toEqual(['bn', 0.2, 'pytorch', 0.02, false]);
    const inner = copy.getLayer('inner') as unknown as tfl.LayersModel;
    const stock = inner.getLayer('stock').getConfig();
    expect([stock['momentum'], stock['convention'], stock['epsilon']]).toEqual([0.8, 'keras', 0.01]);
  });

  it('lets the branches part in training, and saves them with the active domain', async () => {
    const copy = toDomainSpecific(ordinary());
    setDomain(copy, 1);
    const x = batch(4);
    const before = (copy.predict(x) as tf.Tensor).dataSync();
    copy.apply(x, { training: true });
    const adapted = (copy.predict(x) as tf.Tensor).dataSync();
    expect(largestDifference(adapted, before)).toBeGreaterThan(0.01);
    const restored = await savedAndLoaded(copy);
    expect((restored.predict(x) as tf.Tensor).dataSync()).toEqual(adapted);
    setDomain(copy, 0);
    expect((copy.predict(x) as tf.Tensor).dataSync()).toEqual(before);
  });

  it('refuses what has no counterpart, and a model without batch normalization', () => {
    const around = (layer: tfl.layers.Layer, shape: number[]): tfl.LayersModel =>
      tfl.sequential({ layers: [tfl.layers.inputLayer({ inputShape: shape }), layer], name: 'net' });
    const other = around(tfl.layers.batchNormalization({ name: 'bn', axis: 1 }), [2, 2, 3]);
    expect(() => toDomainSpecific(other)).toThrow(/"bn" normalizes axis 1 of its input.*channels last/);
    const penalized = around(tfl.layers.batchNormalization({ name: 'bn', gammaRegularizer: 'l1l2' }), [3]);
    expect(() => toDomainSpecific(penalized)).toThrow(/"bn" has a gammaRegularizer/);
    const plain = around(tfl.layers.dense({ units: 2 }), [3]);
    expect(() => toDomainSpecific(plain)).toThrow(/"net" has no BatchNorm or batchNormalization/);
  });
});

describe('setDomain', () => {
  it('refuses a model without domains, and a domain that one layer lacks, changing none', () => {
    expect(() => {
      setDomain(ordinary(), 0);
    }).toThrow(/"net" has no DomainSpecificBatchNorm.*toDomainSpecific/);
    const [wide, narrow] = [3, 2].map(
      (domains) => new DomainSpecificBatchNorm({ name: `ds${domains}`, domains }),
    );
    const layers = [tfl.layers.inputLayer({ inputShape: [3] }), wide, narrow] as tfl.layers.Layer[];
    const model = tfl.sequential({ layers });
    setDomain(model, 1);
    expect(() => {
      setDomain(model, 2);
    }).toThrow(/"ds2" has 2 domains and got domain 2/);
    expect([wide?.domain, narrow?.domain]).toEqual([1, 1]);
  });
});
