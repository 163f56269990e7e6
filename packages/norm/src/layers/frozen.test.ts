import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { rebuildModel } from '../rebuild.ts';
import { parseRecipe } from '../recipe/recipe.ts';

const stateful = ['bn', 'syncbn', 'brn', 'mabn', 'bkn', 'bcn', 'dsbn', 'tn'];
const normOf = (name: string): tfl.layers.Layer =>
  parseRecipe(name, { groups: 1 }).norm({ name: 'norm' }) as tfl.layers.Layer;
const stateOf = (model: tfl.LayersModel): Float32Array[] =>
  model.nonTrainableWeights.map((weight) => weight.read().dataSync().slice() as Float32Array);

describe('a model that is frozen as a whole', () => {
  it.each(stateful)('leaves the statistics of %s alone in training', (name) => {
    const input = tfl.input({ shape: [4, 4, 2] });
    const output = normOf(name).apply(input) as tfl.SymbolicTensor | tfl.SymbolicTensor[];
    const model = tfl.model({
      inputs: input,
      outputs: Array.isArray(output) ? (output[0] as tfl.SymbolicTensor) : output,
    });
    model.trainable = false;
    const weights = model.weights.map((weight) => weight.read().dataSync().slice());
    model.apply(tf.randomNormal([2, 4, 4, 2], 3), { training: true });
    expect(model.weights.map((weight) => weight.read().dataSync())).toEqual(weights);
    model.trainable = true;
    const before = stateOf(model);
    model.apply(tf.randomNormal([2, 4, 4, 2], 3), { training: true });
    expect(stateOf(model)).not.toEqual(before);
  });

  it('stays frozen when it is rebuilt, inside another model too', () => {
    const inner = tfl.sequential({
      name: 'inner',
      layers: [tfl.layers.dense({ units: 2, inputShape: [3] })],
    });
    inner.trainable = false;
    const model = tfl.sequential({ layers: [inner, tfl.layers.dense({ units: 1 })] });
    expect(model.trainableWeights).toHaveLength(2);
    expect(rebuildModel(model, () => null).trainableWeights).toHaveLength(2);
  });
});
