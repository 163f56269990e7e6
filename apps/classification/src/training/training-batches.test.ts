import { drawMixup } from '@plumbline/data';
import { tf } from '@plumbline/runtime';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConfigInput } from '../config/config.ts';
import { openData, type ClassificationData } from '../data/open-data.ts';
import { buildNetwork } from '../network/build-network.ts';
import { tinyConfig, tinyImages } from '../testing/tiny-images.ts';
import { batchLoss, TrainingBatches } from './training-batches.ts';

let root = '';
let data: ClassificationData;
beforeAll(async () => {
  root = await tinyImages();
  data = await openData(tinyConfig(root));
});
afterAll(() => rm(root, { recursive: true }));

/** One batch, on the host. */
interface Seen {
  labels: number[];
  ids: string[];
  pixels: number[];
  partners?: number[];
  share?: number;
}

/** `count` batches from `from` on. */
async function seen(over: ConfigInput, from: number, count: number): Promise<Seen[]> {
  const batches = new TrainingBatches(tinyConfig(root, over), data);
  const all: Seen[] = [];
  try {
    for await (const batch of batches.batches(from)) {
      all.push(
        tf.tidy(() => {
          const { images, labels, mix } = batches.tensors(batch);
          expect([labels.dtype, images.shape]).toEqual(['int32', batch.shape]);
          return {
            ids: batch.ids,
            labels: [...labels.dataSync()],
            pixels: [...images.dataSync()],
            ...(mix === undefined
              ? {}
              : { partners: [...mix.partners.dataSync()], share: Number(mix.share.dataSync()[0]) }),
          };
        }),
      );
      if (all.length === count) break;
    }
  } finally {
    await batches.close();
  }
  return all;
}

const labelOf = (id: string): number => (id.startsWith('above') ? 0 : 1);

describe('training batches', () => {
  it('have the labels of their images, each once in an epoch', async () => {
    const epoch = await seen({}, 0, 3);
    for (const { ids, labels } of epoch) expect(labels).toEqual(ids.map(labelOf));
    const ids = epoch.flatMap((batch) => batch.ids);
    expect(new Set(ids).size).toBe(12);
    expect(ids).not.toEqual(data.training.ids);
  });

  it.each([
    ['plain', {}],
    ['mixed, erased and augmented', { loss: { mixup: 1 }, images: { erase: 1, randAugment: {} } }],
  ] as const)('go on at any batch as if they had never stopped: %s', async (_, over) => {
    const whole = await seen(over, 0, 5);
    expect(await seen(over, 4, 1)).toEqual(whole.slice(4));
    expect(await seen({ ...over, seed: 1 }, 4, 1)).not.toEqual(whole.slice(4));
  });

  it('mix each image with its partner, whose label comes along', async () => {
    const [plain] = await seen({}, 2, 1);
    const [mixed] = await seen({ loss: { mixup: 1 } }, 2, 1);
    if (plain === undefined || mixed === undefined) throw new Error('no batch');
    const { partners, share } = drawMixup({ seed: 0, step: 2, count: 4, alpha: 1 });
    expect(mixed.share).toBeCloseTo(share, 6);
    expect(mixed.labels).toEqual(plain.labels);
    expect(mixed.partners).toEqual([...partners].map((place) => plain.labels[place]));
    const size = plain.pixels.length / 4;
    mixed.pixels.forEach((value, at) => {
      const partner = plain.pixels[(partners[Math.floor(at / size)] ?? NaN) * size + (at % size)] ?? NaN;
      expect(value).toBeCloseTo(share * (plain.pixels[at] ?? NaN) + (1 - share) * partner, 5);
    });
    expect(plain).not.toHaveProperty('partners');
  });

  it('refuse a batch of more images than there are', () => {
    const config = tinyConfig(root, { train: { batchSize: 13 } });
    expect(() => new TrainingBatches(config, data)).toThrow(/batchSize is 13/);
  });
});

it('the loss is the cross-entropy of a batch, with smoothed or mixed labels where that is said', () => {
  const config = tinyConfig(root);
  const network = buildNetwork(config, { classes: 2, channels: 3 });
  const loss = (over: ConfigInput['loss'], mixShare?: number): number =>
    tf.tidy(() => {
      const images = tf.zeros<tf.Rank.R4>([2, 8, 8, 3]);
      const labels = tf.tensor1d([0, 0], 'int32');
      const partners = tf.tensor1d([1, 1], 'int32');
      const mix = mixShare === undefined ? {} : { mix: { partners, share: tf.scalar(mixShare) } };
      const forward = batchLoss(network, tinyConfig(root, { loss: over }));
      return Number(forward({ images, labels, ...mix }).loss.dataSync()[0]);
    });
  // Both images are alike, so that only a bias tells the classes apart: the answers are softmax([1, 0]).
  const bias = network.getLayer('classifier.fc').getWeights()[1];
  const kernel = tf.zeros([64, 2]);
  if (bias === undefined) throw new Error('no bias');
  network.getLayer('classifier.fc').setWeights([kernel, tf.tensor1d([1, 0])]);
  const [first, second] = [Math.log(1 + Math.exp(-1)), Math.log(1 + Math.E)];
  expect(loss({})).toBeCloseTo(first, 5);
  expect(loss({ labelSmoothing: 0.2 })).toBeCloseTo(0.9 * first + 0.1 * second, 5);
  expect(loss({}, 0.75)).toBeCloseTo(0.75 * first + 0.25 * second, 5);
  kernel.dispose();
  network.dispose();
});
