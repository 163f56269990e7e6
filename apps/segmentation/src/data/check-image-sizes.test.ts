import { readSize } from '@plumbline/data';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkImageSizes } from './check-image-sizes.ts';
import type { Config } from '../config/config.ts';
import { openSplit } from './open-data.ts';
import { loadConfig } from '../config/load-config.ts';
import { SAMPLE } from '../testing/tiny-voc.ts';

const configured = (...set: string[]): Promise<Config> =>
  loadConfig({ set: [`data.root=${SAMPLE}`, ...set] });

it('names the first image that evaluation would refuse, within data.valLimit', async () => {
  const config = await configured('evaluate.size=65');
  const dataset = await openSplit(config, 'val');
  const [first] = dataset.files;
  const { width, height } = (await readSize(String(first?.image))) ?? { width: 0, height: 0 };
  expect(Math.max(width, height)).toBeGreaterThan(65);
  await expect(checkImageSizes(config, dataset)).rejects.toThrow(
    `Picture ${first?.id} is ${width}×${height}, larger than the 65×65 of evaluate.size`,
  );
  const missing = {
    ...dataset,
    files: [{ id: 'gone', image: join(SAMPLE, 'gone.jpg'), mask: '' }, ...dataset.files],
  };
  await checkImageSizes(await configured('evaluate.size=65', 'data.valLimit=1'), missing);
});

it('lets pass what is resized, seen in windows or held by the square', async () => {
  for (const set of [
    ['evaluate.size=65', 'data.baseSize=64'],
    ['evaluate.size=65', 'evaluate.mode=slide'],
    ['evaluate.size=513'],
    ['evaluate.size=null'],
  ]) {
    const config = await configured(...set);
    await checkImageSizes(config, await openSplit(config, 'val'));
  }
});
