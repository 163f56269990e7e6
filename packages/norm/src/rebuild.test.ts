import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { BatchNorm } from './layers/batch-norm.ts';
import { rebuildModel } from './rebuild.ts';

const seeded = (seed: number) => tfl.initializers.glorotNormal({ seed });

/** Two inputs, a shared layer, a layer with two consumers, a model inside, and two outputs. */
function awkwardModel(): tfl.LayersModel {
  const a = tfl.input({ shape: [6], name: 'a' });
  const b = tfl.input({ shape: [6], name: 'b' });
  const shared = tfl.layers.dense({ units: 5, name: 'shared', kernelInitializer: seeded(1) });
  const [left, right] = [shared.apply(a), shared.apply(b)] as [tfl.SymbolicTensor, tfl.SymbolicTensor];
  const inner = tfl.sequential({
    name: 'inner',
    layers: [
      tfl.layers.dense({ units: 5, inputShape: [5], activation: 'relu', kernelInitializer: seeded(2) }),
      tfl.layers.batchNormalization({ name: 'norm', gammaInitializer: seeded1d(3) }),
    ],
  });
  const sum = tfl.layers
    .add({ name: 'sum' })
    .apply([inner.apply(left) as tfl.SymbolicTensor, right]) as tfl.SymbolicTensor;
  const out = tfl.layers.dense({ units: 2, name: 'out', kernelInitializer: seeded(4) });
  return tfl.model({
    name: 'awkward',
    inputs: [a, b],
    outputs: [out.apply(sum) as tfl.SymbolicTensor, right],
  });
}

const seeded1d = (seed: number) => tfl.initializers.randomUniform({ minval: 0.5, maxval: 1.5, seed });
const inputs = (): tf.Tensor[] => [1, 2].map((seed) => tf.randomNormal([3, 6], 0, 1, 'float32', seed));
const valuesOf = (model: tfl.LayersModel): Float32Array[] =>
  (model.predict(inputs()) as tf.Tensor[]).map((t) => t.dataSync() as Float32Array);

describe('rebuildModel', () => {
  it('gives an equal model with weights of its own, when nothing is replaced', () => {
    const model = awkwardModel();
    const rebuilt = rebuildModel(model, () => null);
    const wanted = valuesOf(model);
    expect(valuesOf(rebuilt)).toEqual(wanted);
    expect(rebuilt.name).toBe('awkward');
    expect(rebuilt.inputNames).toEqual(model.inputNames);
    expect(rebuilt.layers.map((layer) => layer.name).sort()).toEqual(model.layers.map((l) => l.name).sort());
    model.setWeights(model.getWeights().map((weight) => tf.zerosLike(weight)));
    expect(valuesOf(rebuilt)).toEqual(wanted);
  });

  it('puts replacements where the replaced layers were, models inside included', () => {
    const model = awkwardModel();
    const seen: string[] = [];
    const rebuilt = rebuildModel(model, (layer) => {
      seen.push(layer.name);
      return layer.getClassName() === 'BatchNormalization'
        ? new BatchNorm({ name: layer.name, convention: 'keras' })
        : null;
    });
    expect(seen.filter((name) => name === 'shared')).toHaveLength(1);
    const innerOf = (m: tfl.LayersModel): tfl.layers.Layer =>
      (m.getLayer('inner') as tfl.LayersModel).getLayer('norm');
    expect(innerOf(rebuilt)).toBeInstanceOf(BatchNorm);
    innerOf(rebuilt).setWeights(innerOf(model).getWeights());
    const [wanted, got] = [valuesOf(model), valuesOf(rebuilt)];
    wanted.forEach((values, i) =>
      values.forEach((value, k) => {
        expect(got[i]?.[k]).toBeCloseTo(value, 5);
      }),
    );
  });

  it('refuses a replacement with too few outputs by name', () => {
    const input = tfl.input({ shape: [2] });
    const model = tfl.model({
      inputs: input,
      outputs: tfl.layers.reLU({ name: 'r' }).apply(input) as tfl.SymbolicTensor,
    });
    class Nothing extends tfl.layers.Layer {
      static className = 'Nothing';
      override apply(): tfl.SymbolicTensor[] {
        return [];
      }
    }
    expect(() => rebuildModel(model, () => new Nothing({}))).toThrow(/"r" has 0 outputs/);
  });
});
