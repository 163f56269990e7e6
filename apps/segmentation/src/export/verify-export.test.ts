import { tf } from '@plumbline/runtime';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../config/config.ts';
import { blackAndWhite } from '../testing/black-and-white.ts';
import { brightnessModel } from '../testing/brightness-model.ts';
import type { ExportedModel } from './load-exported.ts';
import { compareExport, describeAgreement, EXPORT_BOUNDS, requireAgreement } from './verify-export.ts';

const config = configSchema.parse({ data: { mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.4] } });

/** The network itself as what was exported, one of its weights changed. */
function tampered(by: number): ExportedModel {
  const model = brightnessModel();
  const [kernel] = model.getWeights() as [tf.Tensor];
  const one = tf.oneHot(tf.tensor1d([3], 'int32'), kernel.size);
  model.setWeights([tf.add(kernel, tf.mul(tf.reshape(one, kernel.shape), by))]);
  return { predict: (input) => model.predict(input) as tf.Tensor4D, dispose: () => undefined };
}

const compare = (exported: ExportedModel, images = 2): ReturnType<typeof compareExport> =>
  compareExport({
    network: brightnessModel(),
    exported,
    dataset: blackAndWhite(),
    config,
    size: 21,
    values: 'normalized',
    images,
  });

describe('compareExport', () => {
  it('finds that a network is itself, on the pixels of the images', async () => {
    expect(await compare(tampered(0))).toEqual({
      images: 2,
      pixels: 20 * 12 + 9 * 16,
      maxDifference: 0,
      agreement: 1,
    });
    expect((await compare(tampered(0), 1)).pixels).toBe(20 * 12);
  });

  it('feeds the pixels that the network was given, where the exported model normalizes them', async () => {
    const network = brightnessModel();
    const exported: ExportedModel = {
      predict: (pixels) => {
        const { mean, std } = config.data;
        const normalized = tf.div(tf.sub(tf.div(pixels, 255), tf.tensor1d(mean)), tf.tensor1d(std));
        return network.predict(normalized) as tf.Tensor4D;
      },
      dispose: () => undefined,
    };
    const options = { network, exported, dataset: blackAndWhite(), config, size: 21, images: 2 };
    expect((await compareExport({ ...options, values: 'pixels' })).maxDifference).toBeLessThan(1e-6);
    expect((await compareExport({ ...options, values: 'normalized' })).maxDifference).toBeGreaterThan(0.1);
  });

  it('resizes images that are larger than the exported size', async () => {
    const { pixels } = await compareExport({
      network: brightnessModel(),
      exported: tampered(0),
      dataset: blackAndWhite(),
      config,
      size: 10,
      values: 'normalized',
      images: 2,
    });
    expect(pixels).toBe(10 * 6 + 6 * 10);
  });

  it('leaves no tensors behind', async () => {
    const exported = tampered(0);
    const network = brightnessModel();
    const options = {
      network,
      exported,
      dataset: blackAndWhite(),
      config,
      size: 21,
      values: 'pixels' as const,
    };
    const before = tf.memory().numTensors;
    await compareExport({ ...options, images: 1 });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('finds a single changed weight', async () => {
    const found = await compare(tampered(0.01));
    expect(found.maxDifference).toBeGreaterThan(1e-3);
    expect(() => requireAgreement(found, EXPORT_BOUNDS.float32, 'layers model in float32', 'words')).toThrow(
      /^The exported layers model in float32 is not the network: words, wanted at most 0\.001 \(--max-difference\) and at least 99\.900 % \(--min-agreement\); nothing was written\./,
    );
  });

  it('finds classes that changed', async () => {
    const found = await compare(tampered(-10));
    expect(found.agreement).toBeLessThan(0.98);
    const words = describeAgreement(found, { split: 'val' });
    expect(words).toMatch(
      /^largest difference \d\.\de\+?-?\d of the largest logit, \d+\.\d{3} % of 384 pixels the same class, on 2 val images$/,
    );
    expect(() => requireAgreement(found, EXPORT_BOUNDS.uint8, 'x', words)).toThrow(
      /wanted at least 98\.000 %/,
    );
  });

  it('finds what is not a number', async () => {
    const found = await compare(tampered(NaN));
    expect(found.maxDifference).toBeNaN();
    const bounds = { maxDifference: null, minAgreement: 0 };
    expect(() => requireAgreement(found, bounds, 'x', 'words')).toThrow(/is not the network/);
  });
});
