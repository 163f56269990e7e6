// What every normalizer must do, one suite over all of `testing/subjects/`.

import { comparableBackends, withBackend, savedAndLoaded } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fold } from './fold/fold.ts';
import { setInputChecks } from './layers/input-checks.ts';
import { largestDifference } from './testing/golden.ts';
import { layerGradientErrors, weightedSum } from './testing/layer-gradients.ts';
import { subjects } from './testing/subjects/index.ts';

const CHANNELS = 7;
const images = (count: number, size = 5, seed = 11): tf.Tensor4D =>
  tf.randomNormal([count, size, size, CHANNELS], 0.3, 1.5, 'float32', seed);
const run = (layer: tfl.layers.Layer, x: tf.Tensor, training: boolean): tf.Tensor =>
  layer.apply(x, { training }) as tf.Tensor;
const valuesOf = (
  layer: tfl.layers.Layer,
  kind: 'trainableWeights' | 'nonTrainableWeights',
): Float32Array[] => layer[kind].map((weight) => weight.read().dataSync().slice() as Float32Array);

/** Expects the backends to agree on the layer's training output for `x`, up to the rounding of x itself. */
async function agreeOn(layer: tfl.layers.Layer, x: tf.Tensor): Promise<void> {
  const values = x.dataSync();
  const state = layer.getWeights().map((weight) => tf.clone(weight));
  const outputs: Float32Array[] = [];
  for (const backend of comparableBackends()) {
    await withBackend(backend, () => {
      layer.setWeights(state);
      outputs.push(run(layer, tf.tensor(values, x.shape), true).dataSync().slice() as Float32Array);
    });
  }
  const largest = outputs[0]?.reduce((a, b) => Math.max(a, Math.abs(b)), 1) ?? NaN;
  for (const output of outputs) {
    expect(output.every(Number.isFinite)).toBe(true);
    expect(largestDifference(output, outputs[0] ?? []) / largest).toBeLessThan(1e-4);
  }
}

/** One optimization-like step: all gradients computed, everything but the state left as it was. */
const gradientStep = (layer: tfl.layers.Layer, x: tf.Tensor): tf.NamedTensorMap => {
  const { value, grads } = tf.variableGrads(() => weightedSum(run(layer, x, true)));
  value.dispose();
  return grads;
};

describe.each(subjects)('$title', (subject) => {
  let layer: tfl.layers.Layer;
  beforeEach(() => {
    // A layer that needs a backward pass after each training call warns in nearly every test here.
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    tf.engine().startScope();
    layer = subject.make('subject');
    layer.apply(tfl.input({ shape: [null, null, CHANNELS] }));
    // γ away from 1 and biases away from 0, differently per channel, so that their place in the formula shows.
    layer.setWeights(
      layer
        .getWeights()
        .map((weight) => tf.add(weight, tf.randomUniform(weight.shape, 0, 0.5, 'float32', 5))),
    );
  });
  afterEach(() => {
    layer.dispose();
    tf.engine().endScope();
    vi.restoreAllMocks();
  });

  it.each([1, 2, 3])('takes a batch of %i and an odd size, and has the shape it announces', (count) => {
    const x = images(count);
    for (const training of [true, false]) {
      if (training && count === 1 && subject.needsTwoDomains) continue;
      const y = run(layer, x, training);
      expect(y.shape).toEqual(layer.computeOutputShape(x.shape));
      expect(y.dataSync().every(Number.isFinite)).toBe(true);
    }
  });

  it('announces unknown sizes as unknown', () => {
    const [samples, height, width] = layer.computeOutputShape([null, null, null, CHANNELS]) as tfl.Shape;
    expect([samples, height, width]).toEqual([null, null, null]);
  });

  it('takes a 1×1 map of one image in training, or refuses it by name', () => {
    const x = images(1, 1);
    if (subject.refusesOnePixel === undefined) {
      expect(run(layer, x, true).dataSync().every(Number.isFinite)).toBe(true);
    } else {
      expect(() => run(layer, x, true)).toThrow(subject.refusesOnePixel);
    }
  });

  const { gradientIsDefined } = subject;
  const instead = gradientIsDefined === undefined ? '' : `, or not: ${gradientIsDefined}`;
  it.skipIf(instead !== '')(`has the gradients that finite differences have${instead}`, () => {
    const errors = layerGradientErrors(layer, images(2, 3));
    expect(Object.keys(errors)).toHaveLength(1 + layer.trainableWeights.length);
    for (const [name, error] of Object.entries(errors)) expect(error, name).toBeLessThan(1e-2);
  });

  it('gives zero-variance filters and channels a finite output and gradient', () => {
    layer.setWeights(layer.getWeights().map((weight) => tf.fill(weight.shape, 0.5)));
    const x = tf.fill([2, 3, 3, CHANNELS], 4);
    expect(run(layer, x, true).dataSync().every(Number.isFinite)).toBe(true);
    for (const [name, gradient] of Object.entries(gradientStep(layer, x))) {
      expect(gradient.dataSync().every(Number.isFinite), name).toBe(true);
    }
  });

  const treats = subject.batchIndependent ? 'treats' : 'does not treat';
  it.skipIf(subject.needsTwoDomains)(`${treats} an image in training as if it were alone`, () => {
    const [first, second] = [images(1, 5, 1), images(1, 5, 2)];
    const together = run(layer, tf.concat([first, second]), true).dataSync();
    const apart = tf.concat([run(layer, first, true), run(layer, second, true)]).dataSync();
    const difference = largestDifference(together, apart);
    if (subject.batchIndependent) expect(difference).toBeLessThan(1e-5);
    else expect(difference).toBeGreaterThan(0.05);
  });

  it('keeps its state in inference, and has exactly the state it should', () => {
    expect(layer.nonTrainableWeights.map((weight) => weight.originalName.split('/').at(-1))).toEqual([
      ...subject.state,
      ...(subject.constants ?? []),
    ]);
    const before = valuesOf(layer, 'nonTrainableWeights');
    const weights = valuesOf(layer, 'trainableWeights');
    run(layer, images(2), false);
    expect(valuesOf(layer, 'nonTrainableWeights')).toEqual(before);
    run(layer, images(2), true);
    expect(valuesOf(layer, 'trainableWeights')).toEqual(weights);
    if (subject.state.length > 0) expect(valuesOf(layer, 'nonTrainableWeights')).not.toEqual(before);
    else expect(valuesOf(layer, 'nonTrainableWeights')).toEqual(before);
  });

  const sameInInference =
    'is the same function in training and inference, at once or when its state has converged';
  it.skipIf(subject.needsTwoDomains)(sameInInference, () => {
    const x = images(4);
    let training = run(layer, x, true).dataSync();
    if (subject.state.length > 0) {
      const gap = largestDifference(run(layer, x, false).dataSync(), training);
      if (!subject.trainingUsesState) expect(gap).toBeGreaterThan(0.05);
      const steps = subject.stepsToConverge ?? 1500;
      for (let step = 0; step < steps; step++) tf.dispose(run(layer, x, true));
      if (subject.trainingUsesState) training = run(layer, x, true).dataSync();
    }
    // Unbiased averages differ from the batch's own variance by 1 in N·H·W.
    const tolerance = subject.state.length > 0 ? 0.03 : 0;
    expect(largestDifference(run(layer, x, false).dataSync(), training)).toBeLessThanOrEqual(tolerance);
  });

  it('freezes its state, and its training function, when it is not trainable', () => {
    layer.trainable = false;
    const before = valuesOf(layer, 'nonTrainableWeights');
    const x = images(2);
    const training = run(layer, x, true).dataSync();
    expect(valuesOf(layer, 'nonTrainableWeights')).toEqual(before);
    expect(training).toEqual(run(layer, x, false).dataSync());
  });

  it('is restored to the last bit by save and load, state included', async () => {
    const input = tfl.input({ shape: [null, null, CHANNELS] });
    const model = tfl.model({ inputs: input, outputs: layer.apply(input) as tfl.SymbolicTensor });
    const x = images(2);
    run(layer, x, true);
    const restored = await savedAndLoaded(model);
    const restoredLayer = restored.getLayer('subject');
    expect(restoredLayer.getConfig()).toEqual(layer.getConfig());
    for (const training of [false, true]) {
      const wanted = model.apply(x, { training }) as tf.Tensor;
      expect((restored.apply(x, { training }) as tf.Tensor).dataSync()).toEqual(wanted.dataSync());
    }
    restored.dispose();
  });

  it('is the same function in inference when it is folded', () => {
    const input = tfl.input({ shape: [null, null, CHANNELS] });
    const model = tfl.model({ inputs: input, outputs: layer.apply(input) as tfl.SymbolicTensor });
    const x = images(2);
    run(layer, x, true);
    const wanted = model.predict(x) as tf.Tensor;
    const { model: folded, folded: report, remaining } = fold(model);
    const error = largestDifference((folded.predict(x) as tf.Tensor).dataSync(), wanted.dataSync());
    expect(error / (tf.max(tf.abs(wanted)).dataSync()[0] ?? NaN)).toBeLessThan(1e-5);
    expect([...report, ...remaining].map((entry) => entry.layer)).toEqual(['subject']);
  });

  it('refuses NaN by name in the first input it gets', () => {
    setInputChecks('first');
    const broken = tf.concat([images(1), tf.fill([1, 5, 5, CHANNELS], NaN)]);
    expect(() => run(layer, broken, false)).toThrow(
      /"subject" got NaN or infinity in its input of shape \[2, 5, 5, 7\]/,
    );
  });

  it('is restored without its seed’s help: the configuration alone makes an equal layer', () => {
    const copy = layer.constructor as unknown as {
      new (config: tf.serialization.ConfigDict): tfl.layers.Layer;
    };
    const twin = new copy(layer.getConfig());
    expect(twin.getConfig()).toEqual(layer.getConfig());
  });

  it('keeps its precision far from zero', () => {
    if (subject.ignoresOffsetOf === 'activations') {
      const x = images(2);
      const wanted = run(layer, x, true).dataSync();
      // The input itself is rounded: to 1e-4 and 1e-3 at these offsets.
      expect(largestDifference(run(layer, tf.add(x, 1e3), true).dataSync(), wanted)).toBeLessThan(1e-3);
      expect(largestDifference(run(layer, tf.add(x, 1e4), true).dataSync(), wanted)).toBeLessThan(1e-2);
    } else if (subject.ignoresOffsetOf === 'filters') {
      const x = images(2);
      const wanted = run(layer, x, true);
      const [kernel, ...rest] = layer.getWeights();
      layer.setWeights([tf.add(kernel as tf.Tensor, 100), ...rest]);
      const error = largestDifference(run(layer, x, true).dataSync(), wanted.dataSync());
      expect(error / (tf.max(tf.abs(wanted)).dataSync()[0] ?? NaN)).toBeLessThan(1e-4);
    } else {
      // Two backends sum in different orders: what one loses to cancellation, the other does not lose alike.
      return Promise.all([100, 1e3].map((offset) => agreeOn(layer, tf.add(images(2), offset))));
    }
    return undefined;
  });

  it('leaks no tensor over 100 training steps', () => {
    const x = images(2, 3);
    const step = (): void => tf.dispose(gradientStep(layer, x));
    step();
    const before = tf.memory().numTensors;
    for (let count = 0; count < 100; count++) step();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives the same output and gradients on every backend', async () => {
    const inputs = images(2, 3).dataSync();
    const results: Float32Array[][] = [];
    const state = layer.getWeights().map((weight) => tf.clone(weight));
    for (const backend of comparableBackends()) {
      await withBackend(backend, () => {
        layer.setWeights(state);
        const x = tf.tensor(inputs, [2, 3, 3, CHANNELS]);
        const grads = gradientStep(layer, x);
        results.push(
          [run(layer, x, true), ...Object.values(grads)].map((t) => t.dataSync().slice() as Float32Array),
        );
      });
    }
    const [reference = [], ...others] = results;
    for (const other of others) {
      expect(other).toHaveLength(reference.length);
      other.forEach((values, i) => {
        expect(largestDifference(values, reference[i] ?? [])).toBeLessThan(2e-4);
      });
    }
  });

  it('names itself when its input has another number of channels', () => {
    expect(() => run(layer, tf.ones([1, 3, 3, CHANNELS + 1]), false)).toThrow(/subject/);
  });
});
