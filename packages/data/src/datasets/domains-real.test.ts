// The same code on the distributed files. Set PLUMBLINE_REAL_DATA to a folder that holds office31, mnist, usps
// and cifar-10-batches-bin.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { IMAGENET_NORMALIZATION } from '../images/normalization.ts';
import { evaluationImages } from '../loading/evaluation-images.ts';
import { openCifar } from './cifar.ts';
import { openMnist } from './mnist.ts';
import { OFFICE31_COUNTS, openOffice31, type Office31Domain } from './office31.ts';
import { openUsps } from './usps.ts';

const root = process.env['PLUMBLINE_REAL_DATA'] ?? '';
const reason = root === '' ? 'PLUMBLINE_REAL_DATA is not set to a folder with it' : `${root} has it not`;

describe.skipIf(!existsSync(join(root, 'office31')))(`real Office-31 (skipped when ${reason})`, () => {
  it('has the published counts, and at least 7 images of every class', async () => {
    for (const domain of Object.keys(OFFICE31_COUNTS) as Office31Domain[]) {
      const set = await openOffice31(join(root, 'office31'), domain);
      expect(set.ids).toHaveLength(OFFICE31_COUNTS[domain]);
      const counts = set.classes.map((_, label) => set.labels.filter((value) => value === label).length);
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(7);
    }
  });

  it('decodes every image of dslr and webcam', async () => {
    const transform = {
      resize: { kind: 'squash', size: 256 },
      crop: { kind: 'centre', size: 224 },
      flip: 0,
      normalization: IMAGENET_NORMALIZATION,
      channels: 3,
    } as const;
    for (const domain of ['dslr', 'webcam'] as const) {
      const set = await openOffice31(join(root, 'office31'), domain);
      const seen: string[] = [];
      for await (const { ids, images } of evaluationImages(set, { transform, batchSize: 64, workers: 1 })) {
        seen.push(...ids);
        expect(images.every(Number.isFinite)).toBe(true);
      }
      expect(seen).toEqual(set.ids);
    }
  });
});

describe.skipIf(!existsSync(join(root, 'mnist')))(`real MNIST (skipped when ${reason})`, () => {
  it('has 60,000 digits, the first of them a 5, and a test set of any size', async () => {
    const train = await openMnist(join(root, 'mnist'), 'train');
    expect(train.ids).toHaveLength(60_000);
    expect([...train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect([...(await openMnist(join(root, 'mnist'), 'test')).labels.subarray(0, 5)]).toEqual([
      7, 2, 1, 0, 4,
    ]);
  });
});

describe.skipIf(!existsSync(join(root, 'usps')))(`real USPS (skipped when ${reason})`, () => {
  it('has 7,291 and 2,007 digits, bright on black', async () => {
    for (const [part, count] of [
      ['train', 7291],
      ['test', 2007],
    ] as const) {
      const { ids, pixels, labels } = await openUsps(join(root, 'usps'), part);
      expect(ids).toHaveLength(count);
      expect(new Set(labels).size).toBe(10);
      if (pixels.kind !== 'memory') throw new Error('wrong kind');
      const dark = pixels.data.filter((value) => value < 128).length / pixels.data.length;
      expect(dark).toBeGreaterThan(0.6);
    }
  });
});

const cifar = join(root, 'cifar-10-batches-bin');
describe.skipIf(!existsSync(cifar))(`real CIFAR-10 (skipped when ${reason})`, () => {
  it('has the class names and, to a hundredth, the mean colour that everybody normalizes by', async () => {
    const { classes, labels, pixels } = await openCifar(cifar, 'train');
    expect([classes[0], classes[9], new Set(labels).size]).toEqual(['airplane', 'truck', 10]);
    if (pixels.kind !== 'memory') throw new Error('wrong kind');
    const sums = [0, 0, 0];
    pixels.data.forEach((value, i) => (sums[i % 3] = (sums[i % 3] as number) + value / 255));
    const means = sums.map((sum) => (3 * sum) / pixels.data.length);
    [0.4914, 0.4822, 0.4465].forEach((mean, c) => expect(means[c]).toBeCloseTo(mean, 2));
  });
});
