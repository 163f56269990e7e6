import type { LabelledImages } from '@plumbline/data';
import { tf } from '@plumbline/runtime';
import { DivergedError, Progress } from '@plumbline/training';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { tinyConfig } from '../testing/tiny-images.ts';
import { answersOf, evaluate, scoresOf } from './evaluate.ts';

/** Logits are sums of pixels of one channel: class k has those at column k. */
function columns(classes: number, factor = 1): tfl.LayersModel {
  const input = tfl.input({ shape: [1, classes, 1] });
  const flat = tfl.layers.flatten().apply(input) as tfl.SymbolicTensor;
  const dense = tfl.layers.dense({ units: classes, useBias: false });
  const logits = dense.apply(flat) as tfl.SymbolicTensor;
  tf.tidy(() => dense.setWeights([tf.mul(tf.eye(classes), factor)]));
  return tfl.model({ inputs: input, outputs: logits });
}

/** Images of one row of bytes. */
function rows(values: readonly (readonly number[])[], labels: readonly number[]): LabelledImages {
  const width = values[0]?.length ?? 0;
  return {
    name: 'rows',
    ids: values.map((_, i) => `row ${i}`),
    pixels: { kind: 'memory', data: Uint8Array.from(values.flat()), height: 1, width, channels: 1 },
    classes: Array.from({ length: width }, (_, k) => `class ${k}`),
    labels: Int32Array.from(labels),
  };
}

const config = (flip = false) =>
  tinyConfig('', {
    images: { crop: 'none', mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] },
    evaluate: { flip, batchSize: 2 },
  });
const logSoftmax = (row: readonly number[]): number[] => {
  const sum = Math.log(row.reduce((total, value) => total + Math.exp(value), 0));
  return row.map((value) => value - sum);
};

describe('scores', () => {
  it('are those of a hand-made table', () => {
    const table = [
      [5, 1, 0, 0, 0, 0],
      [1, 2, 3, 4, 5, 6],
      [1, 2, 3, 4, 5, 6],
      [0, 9, 0, 0, 0, 0],
    ];
    const logits = Float32Array.from(table.flatMap(logSoftmax));
    const { top1, top5, crossEntropy, confusion } = scoresOf(
      { logits, classes: 6 },
      Int32Array.of(0, 1, 0, 1),
    );
    // Class 1 of the second image is the fifth likeliest; class 0 of the third is the sixth.
    expect({ top1, top5 }).toEqual({ top1: 0.5, top5: 0.75 });
    const own = [0, 1, 0, 1].map((label, image) => logSoftmax(table[image] ?? [])[label] ?? NaN);
    expect(crossEntropy).toBeCloseTo(-own.reduce((sum, value) => sum + value) / 4, 5);
    const at = (truth: number, prediction: number): number => confusion[6 * truth + prediction] ?? NaN;
    expect([at(0, 0), at(0, 5), at(1, 1), at(1, 5)]).toEqual([1, 1, 1, 1]);
    expect([...confusion].reduce((sum, count) => sum + count)).toBe(4);
  });

  it('have no top-5 where every class is among five', () => {
    const logits = Float32Array.from(logSoftmax([0, 1]));
    expect(scoresOf({ logits, classes: 2 }, Int32Array.of(1))).toMatchObject({ top1: 1, top5: null });
  });
});

describe('an evaluation', () => {
  const set = rows(
    [
      [3, 1, 0],
      [0, 2, 5],
      [1, 4, 2],
    ],
    [0, 0, 1],
  );

  it('asks for every image once, in order, over batches of any size', async () => {
    const network = columns(3);
    const tensors = tf.memory().numTensors;
    const { logits, classes } = await answersOf(network, set, { config: config(), channels: 1 });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(classes).toBe(3);
    [...logits].forEach((value, at) => {
      const row = [3, 1, 0, 0, 2, 5, 1, 4, 2].slice(at - (at % 3), at - (at % 3) + 3);
      expect(value).toBeCloseTo(logSoftmax(row)[at % 3] ?? NaN, 5);
    });
    const { top1, confusion } = await evaluate(network, set, { config: config(), channels: 1 });
    expect(top1).toBeCloseTo(2 / 3, 12);
    expect([...confusion]).toEqual([1, 0, 1, 0, 1, 0, 0, 0, 0]);
    network.dispose();
  });

  it('with mirror images takes the mean of the probabilities', async () => {
    const network = columns(3);
    const { logits } = await answersOf(network, set, { config: config(true), channels: 1 });
    const [a, b] = [logSoftmax([3, 1, 0]), logSoftmax([0, 1, 3])].map((row) => row.map(Math.exp));
    [0, 1, 2].forEach((k) => {
      expect(Math.exp(logits[k] ?? NaN)).toBeCloseTo(((a?.[k] ?? NaN) + (b?.[k] ?? NaN)) / 2, 5);
    });
    network.dispose();
  });

  it('has a finite cross-entropy where a network is sure and wrong', async () => {
    const network = columns(3, 100);
    for (const flip of [false, true]) {
      const sure = rows([[0, 255, 0]], [0]);
      const { crossEntropy } = await evaluate(network, sure, { config: config(flip), channels: 1 });
      expect(crossEntropy / 25_500).toBeCloseTo(1, 4);
    }
    network.dispose();
  });

  it.each([NaN, Infinity])('of a network with weights of %s has diverged', async (value) => {
    const network = columns(3, value);
    const failed = evaluate(network, set, { config: config(), channels: 1 });
    await expect(failed).rejects.toThrow(DivergedError);
    await expect(failed).rejects.toThrow(/not finite numbers: start again/);
    network.dispose();
  });

  it('stops where the signal is raised', async () => {
    const network = columns(3);
    const controller = new AbortController();
    const progress = new Progress();
    progress.count = () => controller.abort(new Error('stopped'));
    const how = { config: config(), channels: 1, signal: controller.signal, progress } as const;
    await expect(evaluate(network, set, how)).rejects.toThrow('stopped');
    network.dispose();
  });
});
