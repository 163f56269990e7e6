import { ConfusionMatrix } from '@plumbline/training';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../config/config.ts';
import { backgroundOnly, describeProtocol, evaluateModel, evaluateSegmenter } from './evaluation.ts';
import { blackAndWhite } from '../testing/black-and-white.ts';
import { brightnessModel } from '../testing/brightness-model.ts';

const config = configSchema.parse({ evaluate: { size: 33 } });

describe('evaluateModel', () => {
  it('gives 100 % to a network that is always right, on original pixels without void', async () => {
    const seen: string[] = [];
    const { scores, background, protocol, pictures } = await evaluateModel({
      model: brightnessModel(),
      dataset: blackAndWhite(),
      config,
      pictures: 1,
      onPrediction: ({ id, mask }, prediction) => {
        seen.push(id);
        expect([prediction.width, prediction.height]).toEqual([mask.width, mask.height]);
        return Promise.resolve();
      },
    });
    expect(scores).toMatchObject({ meanIoU: 1, pixelAccuracy: 1, perClassIoU: [1, 1, null] });
    expect(scores.pixels).toBe(20 * 11 + 9 * 15);
    // A quarter of 20 columns is white, and 3 of 9.
    const black = 15 * 11 + 6 * 15;
    expect(background.pixelAccuracy).toBeCloseTo(black / (20 * 11 + 9 * 15), 12);
    expect(background.meanIoU).toBeCloseTo(black / (20 * 11 + 9 * 15) / 2, 12);
    expect(seen).toEqual(['picture_0', 'picture_1']);
    expect(pictures.map(({ id }) => id)).toEqual(['picture_0']);
    expect(describeProtocol(protocol)).toBe(
      'Black and white, 2 val images; whole image, single scale, no flip; scored on original pixels without void; ' +
        'original size, padded to 33',
    );
  });

  it('is still right when images are made smaller for the network', async () => {
    const resized = { ...config, data: { ...config.data, baseSize: 16 } };
    const { scores } = await evaluateModel({
      model: brightnessModel(),
      dataset: blackAndWhite(),
      config: resized,
    });
    expect(scores.pixels).toBe(20 * 11 + 9 * 15);
    // A column at the border between black and white may fall on either side.
    expect(scores.pixelAccuracy).toBeGreaterThan(0.94);
  });

  it('counts original pixels in every mode, and says which', async () => {
    const evaluate = { size: 33, mode: 'slide', window: 9, windowStride: 5, scales: [1, 2], flip: true };
    const slide = configSchema.parse({ evaluate });
    const { scores, protocol } = await evaluateModel({
      model: brightnessModel(),
      dataset: blackAndWhite(),
      config: slide,
    });
    expect(scores.pixels).toBe(20 * 11 + 9 * 15);
    expect(scores.pixelAccuracy).toBeGreaterThan(0.94);
    expect(scores.boundaryF).toBe(undefined);
    expect(describeProtocol(protocol)).toBe(
      'Black and white, 2 val images; windows of 9² at stride 5 (44 % overlap), scales 1, 2, with flip, logits averaged; ' +
        'scored on original pixels without void; original size, padded to 9',
    );
  });

  it('scores boundaries where it is asked to', async () => {
    const measured = configSchema.parse({ evaluate: { size: 33, boundary: true } });
    const { scores } = await evaluateModel({
      model: brightnessModel(),
      dataset: blackAndWhite(),
      config: measured,
    });
    expect(scores).toMatchObject({
      boundaryF: 1,
      perClassBoundaryF: [1, 1, null],
      boundaryTolerance: 0.0075,
      boundaryImages: 2,
    });
  });

  it('scores anything that segments, under the same protocol', async () => {
    const nothing = (image: { width: number; height: number }): Uint8Array =>
      new Uint8Array(image.width * image.height);
    const options = { dataset: blackAndWhite(), config };
    const { scores, background, protocol } = await evaluateSegmenter(nothing, 'a baseline', options);
    expect(scores).toEqual(background);
    expect(protocol.inference).toBe('a baseline; scored on original pixels without void');
  });

  it('takes the first valLimit images, and stops when it is told to', async () => {
    const limited = { ...config, data: { ...config.data, valLimit: 1 } };
    const options = { model: brightnessModel(), dataset: blackAndWhite() };
    expect((await evaluateModel({ ...options, config: limited })).protocol.images).toBe(1);
    const controller = new AbortController();
    const reason = new Error('stopped');
    const onImage = (): void => controller.abort(reason);
    const stopped = evaluateModel({ ...options, config, signal: controller.signal, onImage });
    await expect(stopped).rejects.toBe(reason);
  });
});

it('scores "background everywhere" from the confusion matrix of any prediction', () => {
  const matrix = new ConfusionMatrix(3);
  matrix.add([0, 0, 0, 1, 2, 255], [0, 2, 1, 1, 1, 0]);
  const background = new ConfusionMatrix(3);
  background.add([0, 0, 0, 1, 2, 255], [0, 0, 0, 0, 0, 0]);
  expect(backgroundOnly(matrix).summary()).toEqual(background.summary());
});
