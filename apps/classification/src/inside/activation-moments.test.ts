import { NormConv2D, Relu } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { activationMoments } from './activation-moments.ts';
import { recipes, stateOf, tensorsLeftBy, tinyBatch, tinyNetwork } from './tiny-network.test.fixture.ts';

afterEach(() => {
  tf.disposeVariables();
  vi.restoreAllMocks();
});

describe('the moments of activations', () => {
  it('are those of the whole layer and of its channels, by hand', async () => {
    // Two filters, x ↦ x and x ↦ 2x + 1, over the values 0, 2, 4 and 6.
    const image = tfl.input({ shape: [2, 2, 1] });
    const convolution = new NormConv2D({ name: 'conv', filters: 2, kernelSize: 1 });
    const convolved = convolution.apply(image) as tfl.SymbolicTensor;
    const relu = new Relu({ name: 'relu' }).apply(convolved) as tfl.SymbolicTensor;
    const sum = tfl.layers.add({ name: 'add' }).apply([relu, relu]) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs: image, outputs: sum });
    convolution.setWeights([tf.tensor4d([1, 2], [1, 1, 1, 2]), tf.tensor1d([0, 1])]);
    const moments = await activationMoments(model, tf.tensor4d([0, 2, 4, 6], [1, 2, 2, 1]));
    // Means 3 and 7, variances 5 and 20; mean 5, and 12.5 + 4 over all eight values.
    const expected = { mean: 5, variance: 16.5, channelVariance: 12.5 };
    expect(moments).toEqual([
      { layer: 'conv', place: 'convolution', ...expected },
      { layer: 'relu', place: 'rectifier', ...expected },
      { layer: 'add', place: 'sum', mean: 10, variance: 66, channelVariance: 50 },
    ]);
  });

  it('stand in the order of depth, under the layers’ names', async () => {
    const { images } = tinyBatch(2, 1);
    const places = (await activationMoments(tinyNetwork('bn'), images)).map(({ layer }) => layer);
    expect(places).toEqual(['conv1', 'relu1', 'conv2', 'add', 'relu2']);
  });

  it('are those of training: what a batch normalization gives has mean 0 and variance 1', async () => {
    const { images } = tinyBatch(4, 1);
    const moments = await activationMoments(tinyNetwork('bn'), images);
    const before = moments.find(({ layer }) => layer === 'relu1');
    expect(before?.mean).toBeCloseTo(0, 5);
    expect(before?.variance).toBeCloseTo(1, 3);
  });

  it.each(recipes)('of %s leave the model as it was, and no tensors', async (recipe) => {
    const warning = vi.spyOn(console, 'warn').mockReturnValue();
    const model = tinyNetwork(recipe);
    const { images } = tinyBatch(2, 1);
    const before = stateOf(model);
    expect(await tensorsLeftBy(() => activationMoments(model, images))).toBe(0);
    await activationMoments(model, images);
    expect(stateOf(model)).toEqual(before);
    expect(Object.keys(model.layers[1] ?? {})).not.toContain('call');
    expect(warning).not.toHaveBeenCalled();
  });

  it('leave the model as it was after an error', async () => {
    const model = tinyNetwork('bn');
    const before = stateOf(model);
    const wrong = tf.zeros([2, 6, 6, 3]) as tf.Tensor4D;
    const left = await tensorsLeftBy(() => expect(activationMoments(model, wrong)).rejects.toThrow(/shape/));
    expect(left).toBe(0);
    expect(stateOf(model)).toEqual(before);
  });
});
