import { readIndexMask, readRgb, writeRgb } from '@plumbline/data';
import { RunFolder, saveCheckpoint } from '@plumbline/training';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildModel } from '../network/build-model.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { SAMPLE, TINY } from '../testing/tiny-voc.ts';
import { predict, type PredictArguments } from './predict.ts';

let folder = '';
let run = '';
let photos = '';
let said: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-predict-'));
  run = join(folder, 'run');
  photos = join(folder, 'photos');
  const config = await loadConfig({ set: TINY });
  const made = await RunFolder.create(run, config, {});
  await saveCheckpoint(
    made.lastCheckpoint,
    { model: buildModel(config, 21) },
    { step: 7, position: 7, seed: 0, best: null, config: '' },
  );
  await mkdir(join(photos, 'more'), { recursive: true });
  await cp(join(SAMPLE, 'JPEGImages/sample_0000.jpg'), join(photos, 'one.jpg'));
  await writeFile(join(photos, 'broken.jpg'), 'no picture');
  await cp(join(SAMPLE, 'JPEGImages/sample_0001.jpg'), join(photos, 'more/two.jpg'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  said = [];
  vi.spyOn(console, 'log').mockReturnValue(undefined);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.push(String(text).trim());
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const options = (out: string, more: Partial<PredictArguments> = {}): PredictArguments => ({
  run,
  checkpoint: 'last',
  out: join(folder, out),
  ...more,
});

/** A copy of the run that takes images in the size they have. */
async function atOwnSize(name: string): Promise<string> {
  const other = join(folder, name);
  await cp(run, other, { recursive: true });
  const config = JSON.parse(await readFile(join(run, 'config.json'), 'utf8')) as Config;
  config.data.baseSize = null;
  await writeFile(join(other, 'config.json'), JSON.stringify(config));
  return other;
}

describe('predict', () => {
  it('goes on after an image that cannot be read, and says so at the end', async () => {
    await expect(predict([photos, join(photos, 'gone.jpg')], options('all'))).rejects.toThrow(
      /^2 of 4 images could not be segmented, as said above; the results of the others are in .*all\.$/,
    );
    const files = await readdir(join(folder, 'all'), { recursive: true });
    const kinds = ['.json', '.overlay.jpg', '.png'];
    expect(files.sort()).toEqual(
      ['more', ...kinds.map((kind) => `more/two${kind}`), ...kinds.map((kind) => `one${kind}`)].sort(),
    );
    expect(said.filter((line) => /broken\.jpg could not be decoded: /.test(line))).toHaveLength(1);
    expect(said.filter((line) => /gone\.jpg/.test(line))).toHaveLength(1);
  });

  it('goes on after an image that is too large for memory', async () => {
    const large = join(folder, 'large.jpg');
    const [width, height] = [4200, 4000];
    await writeRgb(large, { width, height, data: new Uint8Array(3 * width * height) });
    const flags = options('memory', {
      run: await atOwnSize('views'),
      mode: 'slide',
      window: 193,
      flip: true,
    });
    await expect(predict([large, join(photos, 'one.jpg')], flags)).rejects.toThrow(
      /^1 of 2 images could not be segmented, as said above; the results of the others are in .*memory\.$/,
    );
    expect(await readdir(join(folder, 'memory/photos'))).toHaveLength(3);
    expect(said.filter((line) => /large\.jpg is 4200×4000, 16\.8 megapixels of log/.test(line))).toHaveLength(
      1,
    );
  });

  it('writes the shares of the classes of the mask, with how it was made', async () => {
    const out = options('one', { mode: 'slide', window: 33, scales: [0.5, 1], flip: true });
    await predict([join(photos, 'one.jpg')], out);
    const mask = await readIndexMask(join(folder, 'one/one.png'));
    const json = JSON.parse(await readFile(join(folder, 'one/one.json'), 'utf8')) as {
      width: number;
      height: number;
      classes: { index: number; pixels: number; share: number }[];
      network: unknown;
      inference: string;
    };
    expect([json.width, json.height]).toEqual([mask.width, mask.height]);
    expect(json.network).toMatchObject({ run, checkpoint: 'last', step: 7 });
    expect(json.inference).toBe(
      'windows of 33² at stride 22 (33 % overlap), scales 0.5, 1, with flip, logits averaged',
    );
    expect(json.classes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    for (const { index, pixels } of json.classes) {
      expect(mask.data.filter((label) => label === index)).toHaveLength(pixels);
    }
    const shares = json.classes.map(({ share }) => share);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
  });

  it('resizes a photograph larger than training knew, keeps its size in the results, and says so', async () => {
    const other = await atOwnSize('own-size');
    const { width, height } = await readRgb(join(photos, 'one.jpg'));
    expect(Math.max(width, height)).toBeGreaterThan(2 * 49);
    await predict([join(photos, 'one.jpg')], options('large', { run: other }));
    const line = vi.mocked(console.log).mock.calls.flat().join('\n');
    expect(line).toContain(`(${width}×${height}, resized to a long side of 49 for the network)`);
    const json = JSON.parse(await readFile(join(folder, 'large/one.json'), 'utf8')) as { longSide: number };
    expect(json.longSide).toBe(49);
    const mask = await readIndexMask(join(folder, 'large/one.png'));
    expect([mask.width, mask.height]).toEqual([width, height]);
  });

  it('refuses to overwrite results unless it is told to', async () => {
    const image = join(photos, 'one.jpg');
    await predict([image], options('again'));
    await expect(predict([image], options('again'))).rejects.toThrow(
      /again\/one\.png exists already, and so do 2 more results: choose another folder for --out, or add --overwrite\.$/,
    );
    await predict([image], options('again', { overwrite: true }));
  });
});
