import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBatchStatistics } from '@plumbline/norm';
import type { DomainNetwork } from '../domain-network.ts';
import type { DomainOutputs, TargetBatch } from '../method.ts';
import { tinyBatches, tinyNetwork, weightValues } from '../testing/tiny-network.ts';
import { mcc } from './mcc.ts';
import { normAffines } from './norm-affines.ts';
import { tent, type TentOptions } from './tent.ts';

const length = { steps: 4 };

const rowsOf = ({ features, logits }: DomainOutputs): number[][] => {
  const rows = logits.arraySync();
  tf.dispose([features, logits]);
  return rows;
};

/** All logits, batch by batch. */
async function answered(
  network: DomainNetwork,
  options: TentOptions,
  batches: AsyncIterable<TargetBatch>,
): Promise<number[][][]> {
  const found: number[][][] = [];
  const { answer } = tent(options, length);
  if (answer === undefined) throw new Error('TENT has no answer.');
  for await (const outputs of answer(network, batches)) found.push(rowsOf(outputs));
  return found;
}

/** Plain inference by each batch's statistics. */
async function byBatchStatistics(network: DomainNetwork, sizes: number[]): Promise<number[][][]> {
  const found: number[][][] = [];
  useBatchStatistics(network.model, true);
  for await (const { images } of tinyBatches(sizes, 1)) {
    found.push(tf.tidy(() => network.infer(images, 'target').logits.arraySync()));
  }
  useBatchStatistics(network.model, false);
  return found;
}

/** The same batches, last first. */
async function* backward(sizes: number[]): AsyncGenerator<TargetBatch> {
  const batches: TargetBatch[] = [];
  for await (const { images, indices } of tinyBatches(sizes, 1))
    batches.push({ images: tf.clone(images), indices: tf.clone(indices) });
  for (const batch of batches.reverse()) {
    yield batch;
    tf.dispose([batch.images, batch.indices]);
  }
}

const gapOf = (a: number[][][], b: number[][][]): number => {
  const [x, y] = [a.flat(2), b.flat(2)];
  expect(x.length).toBe(y.length);
  return x.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (y[i] ?? NaN))), 0);
};

// Large enough to be seen after one step.
const fast = { learningRate: 0.1 };

describe('TENT', () => {
  it('answers with what the network said before its step, by the batch’s statistics', async () => {
    const network = tinyNetwork();
    const plain = await byBatchStatistics(network, [4, 3]);
    const found = await answered(network, fast, tinyBatches([4, 3], 1));
    expect(gapOf(found.slice(0, 1), plain.slice(0, 1))).toBe(0);
    expect(gapOf(found.slice(1), plain.slice(1))).toBeGreaterThan(1e-3);
    network.model.dispose();
  });

  it('makes its predictions surer', async () => {
    const network = tinyNetwork();
    const entropy = (rows: number[][]): number =>
      tf.tidy(() => {
        const p = tf.softmax(tf.tensor2d(rows));
        return tf.neg(tf.mean(tf.sum(tf.mul(p, tf.log(p)), 1))).dataSync()[0] ?? NaN;
      });
    async function* same(): AsyncGenerator<TargetBatch> {
      for (let i = 0; i < 8; i++) yield* tinyBatches([6], 1);
    }
    const entropies = (await answered(network, { learningRate: 0.02 }, same())).map(entropy);
    entropies.slice(1).forEach((value, i) => {
      expect(value).toBeLessThan(entropies[i] ?? NaN);
    });
    network.model.dispose();
  });

  it.each([
    ['adam', 'continual'],
    ['adam', 'episodic'],
    ['sgd', 'continual'],
  ] as const)('gives the network back bit by bit, after %s, %s', async (optimizer, mode) => {
    const network = tinyNetwork({ normalizedFeatures: true });
    const before = weightValues(network);
    const tensors = tf.memory().numTensors;
    const plain = await byBatchStatistics(network, [4]);
    await answered(network, { ...fast, optimizer, mode }, tinyBatches([4, 3, 1], 1));
    expect(weightValues(network)).toEqual(before);
    expect(gapOf(await byBatchStatistics(network, [4]), plain)).toBe(0);
    expect(tf.memory().numTensors).toBe(tensors);
    network.model.dispose();
  });

  it('gives it back when the answers are no longer wanted, or cannot be had', async () => {
    const network = tinyNetwork();
    const before = weightValues(network);
    const tensors = tf.memory().numTensors;
    const { answer } = tent(fast, length);
    for await (const outputs of answer?.(network, tinyBatches([3, 3, 3], 1)) ?? []) {
      rowsOf(outputs);
      break;
    }
    expect(weightValues(network)).toEqual(before);
    async function* broken(): AsyncGenerator<TargetBatch> {
      yield* tinyBatches([3], 1);
      throw new Error('The picture is broken.');
    }
    await expect(answered(network, fast, broken())).rejects.toThrow('The picture is broken.');
    expect(weightValues(network)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    network.model.dispose();
  });

  it.each(['adam', 'sgd'] as const)(
    'does not depend on the order where it is episodic, with %s',
    async (optimizer) => {
      const network = tinyNetwork();
      const options = { ...fast, mode: 'episodic', optimizer } as const;
      const forward = await answered(network, options, tinyBatches([4, 3, 5], 1));
      const reversed = await answered(network, options, backward([4, 3, 5]));
      expect(gapOf(reversed.reverse(), forward)).toBe(0);
      expect(gapOf(forward, await byBatchStatistics(network, [4, 3, 5]))).toBe(0);
      const continual = await answered(network, { ...options, mode: 'continual' }, backward([4, 3, 5]));
      expect(gapOf(continual.reverse(), forward)).toBeGreaterThan(1e-4);
      network.model.dispose();
    },
  );

  it('changes γ and β of normalizations alone, and of none that is frozen', async () => {
    const network = tinyNetwork({ recipe: 'wa+bn', normalizedFeatures: true });
    const before = weightValues(network);
    const { answer } = tent(fast, length);
    let seen = false;
    for await (const outputs of answer?.(network, tinyBatches([5, 5], 1)) ?? []) {
      rowsOf(outputs);
      const changed = [...weightValues(network)].filter(([name, v]) => `${v}` !== `${before.get(name)}`);
      expect(changed.map(([name]) => name)).toEqual([
        'backbone.norm/gamma',
        'backbone.norm/beta',
        'bottleneck.norm/gamma',
        'bottleneck.norm/beta',
      ]);
      seen = true;
    }
    expect(seen).toBe(true);
    network.model.getLayer('backbone.norm').trainable = false;
    expect(normAffines(network.model).map(({ name }) => name)).toEqual([
      'bottleneck.norm/gamma',
      'bottleneck.norm/beta',
    ]);
    network.model.dispose();
  });

  it.each(['gn', 'ln', 'ws+gn', 'frn', 'dsbn', 'brn'])('works on %s', async (recipe) => {
    const network = tinyNetwork({ recipe });
    const before = weightValues(network);
    const [first, second] = await answered(network, fast, tinyBatches([4, 4], 1));
    expect([first?.length, second?.length]).toEqual([4, 4]);
    expect(weightValues(network)).toEqual(before);
    network.model.dispose();
  });

  it('answers a last batch of one image, by running statistics where vectors are normalized', async () => {
    const vectors = tinyNetwork({ normalizedFeatures: true });
    const [, last] = await answered(vectors, { ...fast, mode: 'episodic' }, tinyBatches([4, 1], 1));
    let plain: number[][] = [];
    for await (const { images, indices } of tinyBatches([4, 1], 1)) {
      if (indices.shape[0] === 1) plain = tf.tidy(() => vectors.infer(images).logits.arraySync());
    }
    expect(gapOf([last ?? []], [plain])).toBeLessThan(1e-6);
    const pictures = tinyNetwork();
    const [, single] = await answered(pictures, { ...fast, mode: 'episodic' }, tinyBatches([4, 1], 1));
    const [, wanted] = await byBatchStatistics(pictures, [4, 1]);
    expect(gapOf([single ?? []], [wanted ?? []])).toBe(0);
    vectors.model.dispose();
    pictures.model.dispose();
  });

  it('says before training where there is nothing it could train', async () => {
    const { unsuited } = tent({}, length);
    const none = tinyNetwork({ recipe: 'wa' });
    const sentence = /this network has none that can learn: use a recipe such as bn or gn/;
    expect(unsuited?.(none.model)).toMatch(sentence);
    await expect(answered(none, {}, tinyBatches([2]))).rejects.toThrow(sentence);
    const compared = tinyNetwork({ recipe: 'tn', batching: 'split' });
    expect(unsuited?.(compared.model)).toMatch(/layer "backbone.norm" is a TransNorm/);
    const specific = tinyNetwork({ recipe: 'dsbn' });
    expect(unsuited?.(specific.model)).toMatch(/a branch of its own/);
    expect(tent({ training: mcc() }, length).unsuited?.(specific.model)).toBeNull();
    const plain = tinyNetwork();
    expect(unsuited?.(plain.model)).toBeNull();
    for (const { model } of [none, compared, specific, plain]) model.dispose();
  });

  it('refuses a learning rate of 0', () => {
    expect(() => tent({ learningRate: 0 }, length)).toThrow(
      'TENT got learning rate 0: use a number above 0, such as 1e-3.',
    );
  });
});
