import { describeEnvironment } from '@plumbline/training';
import { expect, it } from 'vitest';
import { configSchema } from '../config/config.ts';
import { evaluateModel } from '../inference/evaluation.ts';
import { reportContent } from './report-content.ts';
import { blackAndWhite } from '../testing/black-and-white.ts';
import { brightnessModel } from '../testing/brightness-model.ts';

it('says what was measured, how, and beside what', async () => {
  const config = configSchema.parse({ seed: 3, train: { accumulate: 4 }, evaluate: { size: 33 } });
  const dataset = blackAndWhite();
  const result = await evaluateModel({ model: brightnessModel(), dataset, config, pictures: 2 });
  const content = reportContent({
    config,
    result,
    dataset,
    metrics: [
      { kind: 'train', step: 1, loss: 2, learningRate: 0.1 },
      { kind: 'evaluation', step: 2, meanIoU: 1 },
    ],
    environment: describeEnvironment(),
    step: 2,
    seconds: 61,
  });
  expect(content.title).toBe('DeepLabv3 ResNet-50 with wa+gn on Black and white');
  expect(content.verdict).toBe(
    '100.0 % mean IoU and 100.0 % pixel accuracy on 2 val images: 64.1 points of mean IoU above predicting background everywhere.',
  );
  expect(content.scores.map(({ value }) => value)).toEqual(['100.0 %', '100.0 %', '35.9 %', '71.8 %']);
  for (const { protocol } of content.scores) expect(protocol).toContain('2 val images; whole image');
  expect(content.protocol).toMatchObject({
    Normalization: 'wa+gn',
    'Images per step': '2 × 4 accumulated',
    Seed: 3,
    Steps: 2,
    Time: '1m01s',
  });
  expect(content.classes[1]).toEqual({ name: 'white', color: 'rgb(128 0 0)' });
  expect(content.confusion?.counts[0]).toBe(15 * 11 + 6 * 15);
  expect(content.pictures.map(({ id }) => id)).toEqual(['picture_0', 'picture_1']);
  expect(content.pictures[0]?.images[0]?.source).toMatch(/^data:image\/jpeg;base64,\/9j\//);
  expect(content.curves.map(({ title }) => title)).toContain('Mean IoU on the validation images');
  expect(content.configuration).toContain('accumulate: 4 #');
});
