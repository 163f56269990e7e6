import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DomainSpecificBatchNorm } from '../layers/domain-specific-batch-norm.ts';
import {
  batchRows,
  dense,
  difference,
  EPSILON,
  exactly,
  inOnePass,
  momentsOf,
  oldOf,
  statisticsOf,
  threeLayers,
} from '../testing/adaptation-reference.ts';
import { largestDifference } from '../testing/golden.ts';
import { adaptBatchNorm } from './adapt-batch-norm.ts';

let model: tfl.LayersModel;
let batches: tf.Tensor2D[];
beforeEach(() => {
  model = threeLayers();
  batches = batchRows.map((rows) => tf.tensor2d(rows));
});
afterEach(() => {
  tf.dispose(batches);
  model.dispose();
});

describe('adaptBatchNorm', () => {
  it.each([1, 0.3])('finds the population’s statistics layer by layer, α = %d', async (alpha) => {
    const wanted = exactly(model, batchRows.flat(), alpha);
    await adaptBatchNorm(model, batches, { alpha });
    expect(difference(statisticsOf(model), wanted)).toBeLessThan(1e-5);
  });

  it('does not depend on how the samples are batched, one at a time included', async () => {
    await adaptBatchNorm(model, batches);
    const wanted = statisticsOf(model);
    const singles = tf.split(tf.concat(batches), 10);
    await adaptBatchNorm(model, singles);
    expect(difference(statisticsOf(model), wanted)).toBeLessThan(1e-5);
    tf.dispose(singles);
  });

  it('passes once through the batches’ own statistics with one-pass, which is not exact', async () => {
    const wanted = inOnePass(model, batchRows);
    const exact = exactly(model, batchRows.flat());
    await adaptBatchNorm(model, batches, { method: 'one-pass' });
    const found = statisticsOf(model);
    expect(difference(found, wanted)).toBeLessThan(1e-5);
    expect(difference(found.slice(0, 1), exact.slice(0, 1))).toBeLessThan(1e-5);
    expect(difference(found.slice(2), exact.slice(2))).toBeGreaterThan(0.01);
  });

  it.each([1, 0.4])('is the same exactly and in one pass for a single batch, α = %d', async (alpha) => {
    const wanted = exactly(model, batchRows.flat(), alpha);
    const all = tf.concat(batches);
    await adaptBatchNorm(model, [all], { method: 'one-pass', alpha });
    expect(difference(statisticsOf(model), wanted)).toBeLessThan(1e-5);
    all.dispose();
  });

  it('moves the averages as a training pass does with moving-average', async () => {
    const source = model.getWeights().map((w) => tf.clone(w));
    for (const batch of batches) {
      tf.tidy(() => {
        // Training, but without dropout.
        let x: tf.Tensor = batch;
        for (const layer of model.layers.slice(1)) {
          x = layer.apply(x, { training: !layer.name.startsWith('drop') }) as tf.Tensor;
        }
      });
    }
    const wanted = statisticsOf(model);
    model.setWeights(source);
    await adaptBatchNorm(model, batches, { method: 'moving-average' });
    expect(difference(statisticsOf(model), wanted)).toBeLessThan(1e-5);
    // With share 1 the last batch's remain, unbiased where the layer averages those.
    await adaptBatchNorm(model, batches, { method: 'moving-average', batchShare: 1 });
    const last = momentsOf(dense(model, 0, batchRows[2] ?? []));
    const [first] = statisticsOf(model);
    expect(largestDifference(first?.mean ?? [], last.mean)).toBeLessThan(1e-5);
    expect(
      largestDifference(
        first?.variance ?? [],
        last.variance.map((v) => 2 * v),
      ),
    ).toBeLessThan(1e-5);
    tf.dispose(source);
  });

  it('changes nothing but statistics, and leaks nothing', async () => {
    const others = (): Float32Array[] =>
      model.weights
        .filter(({ originalName }) => !originalName.includes('moving'))
        .map((weight) => weight.read().dataSync().slice() as Float32Array);
    const before = others();
    const tensors = tf.memory().numTensors;
    for (const method of ['exact', 'one-pass', 'moving-average'] as const) {
      await adaptBatchNorm(model, batches, { method });
    }
    expect(tf.memory().numTensors).toBe(tensors);
    expect(others()).toEqual(before);
    expect(model.layers.every((layer) => !Object.hasOwn(layer, 'call'))).toBe(true);
    const adapted = statisticsOf(model);
    tf.dispose(model.predict(batches[0] as tf.Tensor));
    expect(statisticsOf(model)).toEqual(adapted);
  });

  it('reports each layer’s shift in the order of depth, and its passes', async () => {
    const passes: [number, number][] = [];
    const old = oldOf(model, 0);
    const [wanted] = exactly(model, batchRows.flat());
    const shifts = await adaptBatchNorm(model, batches, {
      onPass: (done, total) => passes.push([done, total]),
    });
    expect([...shifts.keys()]).toEqual(['bn0', 'bn1', 'bn2']);
    expect(passes).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    const rms = (term: (c: number) => number): number =>
      Math.sqrt([0, 1, 2, 3].reduce((sum, c) => sum + term(c) ** 2, 0) / 4);
    const at = (values: number[] | undefined, c: number): number => values?.[c] ?? NaN;
    const moved = rms(
      (c) => (at(wanted?.mean, c) - at(old.mean, c)) / Math.sqrt(at(old.variance, c) + EPSILON),
    );
    const scaled = rms((c) =>
      Math.log((at(wanted?.variance, c) + EPSILON) / (at(old.variance, c) + EPSILON)),
    );
    expect(shifts.get('bn0')?.mean).toBeCloseTo(moved, 4);
    expect(shifts.get('bn0')?.variance).toBeCloseTo(scaled, 4);
    const again = await adaptBatchNorm(model, batches);
    for (const { mean, variance } of again.values()) expect(mean + variance).toBeLessThan(1e-4);
  });

  it('takes an async generator that frees its batches, started anew for each pass', async () => {
    const wanted = exactly(model, batchRows.flat());
    const tensors = tf.memory().numTensors;
    await adaptBatchNorm(model, async function* () {
      for (const rows of batchRows) {
        const batch = tf.tensor2d(await Promise.resolve(rows));
        yield batch;
        batch.dispose();
      }
    });
    expect(difference(statisticsOf(model), wanted)).toBeLessThan(1e-5);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('adapts only what is included', async () => {
    const [, ...old] = statisticsOf(model);
    await adaptBatchNorm(model, batches, { include: (name) => name === 'bn0' });
    const [first, ...rest] = statisticsOf(model);
    expect(rest).toEqual(old);
    expect(
      difference(first === undefined ? [] : [first], exactly(model, batchRows.flat()).slice(0, 1)),
    ).toBeLessThan(1e-5);
  });

  it('reaches into a model inside the model, over images, and the active branch of a domain', async () => {
    const inner = tfl.sequential({ name: 'inner' });
    const branches = new DomainSpecificBatchNorm({ name: 'bn', domain: 1, inputShape: [2, 2, 3] });
    inner.add(branches);
    const input = tfl.input({ shape: [2, 2, 3] });
    const outer = tfl.model({
      inputs: input,
      outputs: tfl.layers
        .batchNormalization({ name: 'first-axis', axis: 1 })
        .apply(inner.apply(input) as tfl.SymbolicTensor) as tfl.SymbolicTensor,
    });
    const images = tf.randomNormal([6, 2, 2, 3], 2, 3, 'float32', 4);
    const shifts = await adaptBatchNorm(outer, [images]);
    expect([...shifts.keys()]).toEqual(['inner/bn', 'first-axis']);
    tf.tidy(() => {
      const { mean } = tf.moments(images, [0, 1, 2]);
      const [untouched, active] = tf.unstack(branches.getWeights()[2] as tf.Tensor);
      expect(largestDifference(active?.dataSync() ?? [], mean.dataSync())).toBeLessThan(1e-5);
      expect(Array.from(untouched?.dataSync() ?? [])).toEqual([0, 0, 0]);
      const between = tf.moments(inner.predict(images) as tf.Tensor, [0, 2, 3]);
      const [, , moving] = outer.getLayer('first-axis').getWeights();
      expect(largestDifference(moving?.dataSync() ?? [], between.mean.dataSync())).toBeLessThan(1e-5);
    });
    images.dispose();
    outer.dispose();
  });
});
