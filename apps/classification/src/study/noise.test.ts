import { stoppingStream } from '@plumbline/test-support';
import { Progress } from '@plumbline/training';
import { readdir, rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Config } from '../config/config.ts';
import { tinyConfig, tinyImages } from '../testing/tiny-images.ts';
import { measureNoise, noiseFigures } from './noise.ts';
import { StabilityStudy } from './stability-study.ts';

let root = '';
beforeAll(async () => {
  root = await tinyImages();
});
afterAll(() => rm(root, { recursive: true }));

const recipes = ['bn', 'wa'];
const measured = async (inside: Config['evaluate']['inside']): Promise<StabilityStudy> => {
  const study = new StabilityStudy(root);
  const cells = recipes.map((recipe) => ({
    recipe,
    config: tinyConfig(root, { model: { recipe }, evaluate: { inside } }),
  }));
  const { stream, signal } = stoppingStream(() => false);
  await measureNoise(study, { recipes, cells }, { progress: new Progress({ stream }), signal });
  return study;
};

it('is measured before a study whose runs look inside, and not before others', async () => {
  const without = await measured('none');
  expect(await readdir(root)).not.toContain('noise.json');
  expect(await noiseFigures(without, { recipes })).toEqual([]);
  const [figure] = await noiseFigures(await measured('full'), { recipes });
  expect(figure?.svg).toContain('forward: the mean of a channel');
  expect(figure?.svg).toContain('without normalization layers: wa.');
});
