import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { BatchNorm } from '../layers/batch-norm.ts';
import { NormConv2D } from '../layers/norm-conv2d.ts';
import { BatchKalmanNorm } from './batch-kalman-norm.ts';
import { KalmanConv2D } from './kalman-conv2d.ts';
import { MomentAdd } from './moment-add.ts';
import { MomentRelu } from './moment-relu.ts';
import { ObservedMoments } from './observed-moments.ts';
import { activationsOf, connect, momentsOf, type Signal } from './signal.ts';

const input = (): tfl.SymbolicTensor => tfl.input({ shape: [null, null, 4] });
/** A signal with moments. */
const stream = (): Signal => connect(new BatchKalmanNorm({ emitMoments: true }), input());
const conv = (): KalmanConv2D => new KalmanConv2D({ filters: 4, kernelSize: 3 });
const sourceOf = (tensor: tfl.SymbolicTensor | null): tfl.layers.Layer | undefined => tensor?.sourceLayer;

describe('connect', () => {
  it('hands a layer with moments the pair, and gives back its pair', () => {
    const layer = conv();
    const signal = connect(layer, stream());
    expect(activationsOf(signal).shape).toEqual([null, null, null, 4]);
    expect(momentsOf(signal)?.shape).toEqual([1, 2, 4]);
    expect(sourceOf(momentsOf(signal))).toBe(layer);
  });

  it('hands it the activations alone where they have no moments', () => {
    const signal = connect(conv(), input());
    expect(signal).toBeInstanceOf(tfl.SymbolicTensor);
    expect(connect(new BatchKalmanNorm(), signal)).toBeInstanceOf(tfl.SymbolicTensor);
    expect(momentsOf(connect(new BatchKalmanNorm({ emitMoments: true }), signal))).not.toBeNull();
  });

  it('carries the moments around the rectifier', () => {
    const before = stream();
    const relu = new MomentRelu();
    const after = connect(relu, before);
    expect(momentsOf(after)).toBe(momentsOf(before));
    expect(sourceOf(activationsOf(after))).toBe(relu);
    expect(connect(new MomentRelu(), input())).toBeInstanceOf(tfl.SymbolicTensor);
  });

  it.each([
    ['NormConv2D', () => new NormConv2D({ filters: 4, kernelSize: 1 })],
    ['BatchNorm', () => new BatchNorm()],
    ['a layer of TensorFlow.js', () => tfl.layers.maxPooling2d({})],
  ])('ends the moments at %s', (_, make) => {
    expect(connect(make(), stream())).toBeInstanceOf(tfl.SymbolicTensor);
  });

  it('adds the moments where both summands have them, and ends them where one has none', () => {
    expect(momentsOf(connect(new MomentAdd(), [stream(), stream()]))?.shape).toEqual([1, 2, 4]);
    expect(connect(new MomentAdd(), [stream(), input()])).toBeInstanceOf(tfl.SymbolicTensor);
    expect(connect(tfl.layers.add(), [stream(), stream()])).toBeInstanceOf(tfl.SymbolicTensor);
  });

  it.each(['batch', 'sample'] as const)(
    'observes the moments of a summand that has none over the %s',
    (over) => {
      const without = input();
      const sum = connect(new MomentAdd({ observes: over }), [stream(), without]);
      expect(momentsOf(sum)?.shape).toEqual([1, 2, 4]);
      expect(connect(new MomentAdd({ observes: over }), [without, input()])).toBeInstanceOf(
        tfl.SymbolicTensor,
      );
      const model = tfl.model({
        inputs: without,
        outputs: new ObservedMoments({ over }).apply(without) as tfl.SymbolicTensor,
      });
      const x = tf.tensor4d([1, 2, 3, 4, 3, 6, 3, 0], [2, 1, 1, 4]);
      const means = over === 'batch' ? [[[2, 4, 3, 2]]] : [[[1, 2, 3, 4]], [[3, 6, 3, 0]]];
      const variances = over === 'batch' ? [[[1, 4, 0, 4]]] : [[[0, 0, 0, 0]], [[0, 0, 0, 0]]];
      const wanted = means.map((mean, i) => [...mean, ...(variances[i] ?? [])]);
      expect((model.apply(x) as tf.Tensor3D).arraySync()).toEqual(wanted);
    },
  );

  it('refuses a layer with several outputs that knows nothing of moments', () => {
    const lstm = tfl.layers.lstm({ units: 2, returnState: true, name: 'states' });
    expect(() => connect(lstm, tfl.input({ shape: [3, 2] }))).toThrow(
      /LSTM "states" has 3 outputs, and is not a layer with moments/,
    );
  });
});
