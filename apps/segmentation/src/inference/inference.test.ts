import { prepareImage, type RgbImage } from '@plumbline/data';
import { tf } from '@plumbline/runtime';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { configSchema, type ConfigInput } from '../config/config.ts';
import {
  describeInference,
  imageLogits,
  inferenceOptions,
  predictionOptions,
  segmentImage,
  type InferenceOptions,
} from './inference.ts';
import { brightnessModel } from '../testing/brightness-model.ts';
import { positionModel } from '../testing/position-model.ts';

/** Every pixel another grey. */
function grey(width: number, height: number): RgbImage {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) data.fill((37 * i) % 256, 3 * i, 3 * i + 3);
  return { width, height, data };
}

const options = (evaluate: ConfigInput['evaluate'], baseSize: number | null = null): InferenceOptions =>
  inferenceOptions(configSchema.parse({ data: { baseSize }, evaluate }));

const values = (model: tfl.LayersModel, image: RgbImage, how: InferenceOptions): number[] =>
  tf.tidy(() => [...imageLogits(model, image, how).dataSync()]);

const image = grey(13, 9);

describe('imageLogits', () => {
  it('by default is the network on the padded image, its padding cut off, to the last bit', () => {
    const { image: pixels, shape } = prepareImage(image, { padTo: 17 });
    const expected = tf.tidy(() => {
      const logits = positionModel().predict(tf.tensor4d(pixels, shape)) as tf.Tensor4D;
      return [...tf.slice(logits, [0, 0, 0, 0], [1, 9, 13, 2]).dataSync()];
    });
    expect(values(positionModel(), image, options({ size: 17 }))).toEqual(expected);
    expect(values(positionModel(), image, options({ size: 17, scales: [1], flip: false }))).toEqual(expected);
  });

  it('of one window that covers the image is that of the whole image, to the last bit', () => {
    const whole = values(positionModel(), image, options({ size: 17 }));
    for (const windowStride of [1, 9, 17]) {
      const slide = options({ size: 33, mode: 'slide', window: 17, windowStride });
      expect(values(positionModel(), image, slide)).toEqual(whole);
    }
    const smaller = options({ size: 17, mode: 'slide', window: 9 });
    expect(values(positionModel(), image, smaller)).not.toEqual(whole);
  });

  it('of windows is exact for a network that looks at single pixels', () => {
    const whole = values(brightnessModel(), image, options({ size: 17 }));
    for (const window of [1, 4, 9]) {
      const slide = values(brightnessModel(), image, options({ size: 17, mode: 'slide', window }));
      slide.forEach((logit, i) => expect(logit).toBeCloseTo(whole[i] ?? NaN, 5));
    }
  });

  it('is the same with a mirror image for a network without left and right, and another for one with', () => {
    const plain = values(brightnessModel(), image, options({ size: 17 }));
    expect(values(brightnessModel(), image, options({ size: 17, flip: true }))).toEqual(plain);
    const both = options({ size: 17, flip: true });
    expect(values(positionModel(), image, both)).not.toEqual(
      values(positionModel(), image, options({ size: 17 })),
    );
  });

  it('mirrors the picture, not its padding, and averages with equal weight', () => {
    const mirrored: RgbImage = { ...image, data: new Uint8Array(image.data.length) };
    for (let i = 0; i < 13 * 9; i++) {
      const from = 3 * (i - (i % 13) + 12 - (i % 13));
      mirrored.data.set(image.data.subarray(from, from + 3), 3 * i);
    }
    const single = options({ size: 17 });
    const one = values(positionModel(), image, single);
    const other = values(positionModel(), mirrored, single);
    values(positionModel(), image, { ...single, flip: true }).forEach((logit, i) => {
      const [pixel, channel] = [Math.floor(i / 2), i % 2];
      const opposite = pixel - (pixel % 13) + 12 - (pixel % 13);
      expect(logit).toBeCloseTo(((one[i] ?? NaN) + (other[2 * opposite + channel] ?? NaN)) / 2, 5);
    });
  });

  it('averages scales at the original size; each scale has its own square', () => {
    const seen: string[] = [];
    class Recorder extends tfl.layers.Layer {
      static className = 'Recorder';
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        const input = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor;
        seen.push(input.shape.slice(1, 3).join('×'));
        return tf.clone(input);
      }
    }
    const input = tfl.input({ shape: [null, null, 3] });
    const model = tfl.model({ inputs: input, outputs: new Recorder().apply(input) as tfl.SymbolicTensor });
    seen.length = 0;
    const three = values(model, image, options({ size: 33, scales: [0.5, 1, 2] }));
    expect(seen).toEqual(['17×17', '33×33', '81×81']);
    const each = [0.5, 1, 2].map((scale) => values(model, image, options({ size: 33, scales: [scale] })));
    three.forEach((logit, i) => {
      const mean = each.reduce((sum, one) => sum + (one[i] ?? NaN), 0) / 3;
      expect(logit).toBeCloseTo(mean, 5);
    });
    seen.length = 0;
    values(model, image, options({ size: null, scales: [1, 2] }));
    expect(seen).toEqual(['17×17', '33×33']);
  });

  it('cuts the padding off before it resizes: no pixel of the picture is mixed with it', () => {
    const bright = { width: 12, height: 8, data: new Uint8Array(12 * 8 * 3).fill(255) };
    // Half the size; the mean colour around it would make the border darker.
    for (const mode of ['whole', 'slide'] as const) {
      const logits = values(brightnessModel(), bright, options({ size: 9, mode, window: 9 }, 6));
      const classes = segmentImage(brightnessModel(), bright, options({ size: 9, mode, window: 9 }, 6));
      expect(classes).toHaveLength(12 * 8);
      expect(new Set(classes)).toEqual(new Set([1]));
      const brightest = logits.filter((_, i) => i % 2 === 1);
      expect(Math.max(...brightest) - Math.min(...brightest)).toBeLessThan(1e-5);
    }
  });

  it('leaves no tensor behind but the logits', () => {
    const model = positionModel();
    const before = tf.memory().numTensors;
    segmentImage(model, image, options({ size: 17, mode: 'slide', window: 9, scales: [0.5, 1], flip: true }));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses an image that does not fit, by its name, and a network with logits of another size', () => {
    expect(() => values(brightnessModel(), grey(40, 20), options({ size: 33 }))).toThrow(
      /40×20, larger than the 33×33/,
    );
    const input = tfl.input({ shape: [null, null, 3] });
    const pooled = tfl.layers.maxPooling2d({ poolSize: 2 }).apply(input) as tfl.SymbolicTensor;
    const half = tfl.model({ inputs: input, outputs: pooled });
    expect(() => values(half, image, options({ size: 17 }))).toThrow(
      'The network answered an image [1, 17, 17, 3] with [1, 8, 8, 3]: ' +
        "it must give logits of the image's size, [1, 17, 17, classes].",
    );
  });
});

describe('predictionOptions', () => {
  const config = configSchema.parse({ evaluate: { size: 33 }, augment: { scale: [0.5, 2] } });
  const picture = (width: number, height: number): RgbImage => ({ width, height, data: new Uint8Array(0) });
  const prepared = (width: number, height: number, of = config): unknown =>
    predictionOptions(of, picture(width, height)).prepare;

  it('prepares a picture as in evaluation, unless it is larger than the square', () => {
    expect(prepared(33, 20)).toMatchObject({ padTo: 33, baseSize: null });
    expect(prepared(20, 34)).toMatchObject({ padTo: null, baseSize: null });
    const resized = { ...config, data: { ...config.data, baseSize: 32 } };
    expect(prepared(500, 400, resized)).toMatchObject({ padTo: 33, baseSize: 32 });
  });

  it('resizes one that is larger than training ever enlarged any', () => {
    expect(prepared(66, 50)).toMatchObject({ padTo: null, baseSize: null });
    expect(prepared(67, 50)).toMatchObject({ padTo: 33, baseSize: 33 });
    expect(prepared(4000, 3000)).toMatchObject({ padTo: 33, baseSize: 33 });
    const anySize = configSchema.parse({ evaluate: { size: null }, augment: { cropSize: 65 } });
    expect(prepared(4000, 3000, anySize)).toMatchObject({ padTo: null, baseSize: 65 });
  });

  it('leaves the size to windows', () => {
    const windows = configSchema.parse({ evaluate: { size: 33, mode: 'slide' } });
    expect(prepared(4000, 3000, windows)).toMatchObject({ padTo: null, baseSize: null });
  });
});

describe('segmentImage', () => {
  it('of windows is the largest of their logits, whether rows or all logits are in memory', () => {
    const slide = options({ mode: 'slide', size: 17, window: 5, windowStride: 3 });
    const expected = tf.tidy(() => [...tf.argMax(imageLogits(positionModel(), image, slide), -1).dataSync()]);
    expect([...segmentImage(positionModel(), image, slide)]).toEqual(expected);
    expect(new Set(expected).size).toBe(2);
  });

  it('marks what the network is not sure of', () => {
    const dark = { width: 2, height: 1, data: Uint8Array.from([0, 0, 0, 124, 116, 104]) };
    const doubt = { minConfidence: 0.9, ignoreLabel: 7 };
    // The second pixel has the mean colour: logits near 0, a softmax near a half.
    expect([...segmentImage(brightnessModel(), dark, options({ size: 17 }), 'dark', doubt)]).toEqual([0, 7]);
  });

  it('refuses what would not fit into memory before it begins, and says what to do', () => {
    const photo = { width: 4000, height: 3000, data: new Uint8Array(0) };
    const refused = (evaluate: ConfigInput['evaluate']): (() => unknown) => {
      const how = options(evaluate);
      return () => segmentImage(brightnessModel(), photo, how, 'photo.jpg');
    };
    expect(refused({ size: 513 })).toThrow(
      'photo.jpg is 4000×3000, larger than the 513×513 of evaluate.size: segment it in windows (evaluate.mode=slide, ' +
        '--mode slide), or resize it first (data.baseSize=513, --base-size 513).',
    );
    expect(refused({ size: null })).toThrow(
      'photo.jpg is 4000×3000, 12.0 megapixels in one pass and more than 8.4: segment it in windows (evaluate.mode=slide, ' +
        '--mode slide), resize it first (data.baseSize, --base-size), or set evaluate.size.',
    );
    expect(refused({ size: 513, mode: 'slide', scales: [2] })).toThrow(
      'photo.jpg is 4000×3000, 8000×6000 when resized, 48.0 megapixels of logits and more than 16.8: resize it first ' +
        '(data.baseSize, --base-size), or leave out other scales and --flip.',
    );
  });
});

it('says in words how it looks at an image', () => {
  expect(describeInference(options({}))).toBe('whole image, single scale, no flip');
  expect(describeInference(options({ mode: 'slide', size: 513 }))).toBe(
    'windows of 513² at stride 342 (33 % overlap), single scale, no flip',
  );
  expect(describeInference(options({ scales: [0.5, 1], flip: true }))).toBe(
    'whole image, scales 0.5, 1, with flip, logits averaged',
  );
  expect(describeInference(options({ scales: [2] }))).toBe('whole image, scale 2, no flip');
});

it.each([
  [{ mode: 'slide', size: null }, /evaluate\.window|must be set with evaluate\.mode slide/],
  [{ mode: 'slide', window: 65, windowStride: 66 }, /must be at most the window, 65/],
  [{ scales: [1, 1] }, /must not hold a scale twice/],
  [{ scales: [] }, /scales/],
] as const)('refuses %j', (evaluate, sentence) => {
  expect(() => configSchema.parse({ evaluate })).toThrow(sentence);
});
