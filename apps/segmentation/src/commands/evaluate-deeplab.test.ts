/** `evaluate --deeplab-model`: Google's package under our protocol. */
import { readIndexMask } from '@plumbline/data';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openSplit } from '../data/open-data.ts';
import type { EvaluationScores } from '../inference/evaluation.ts';
import { loadConfig } from '../config/load-config.ts';
import { FLAG_NETWORK } from '../testing/flag-network.ts';
import { SAMPLE } from '../testing/tiny-voc.ts';
import { writeTinyGraphModel } from '../testing/tiny-graph-model.ts';
import { evaluate } from './evaluate.ts';

let folder = '';
let printed = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-evaluate-'));
  await writeTinyGraphModel(join(folder, 'model'), FLAG_NETWORK);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  printed = '';
  vi.spyOn(console, 'log').mockImplementation((text: string) => (printed += `${text}\n`) && undefined);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

it('scores the same pixels, with the package’s protocol beside every number, and writes the same files', async () => {
  const out = join(folder, 'scores');
  const set = ['data.valLimit=2'];
  await evaluate({ deeplabModel: join(folder, 'model'), checkpoint: 'last', data: SAMPLE, set, out });
  const protocol =
    'PASCAL VOC 2012, 2 val images; @tensorflow-models/deeplab, whole image, single scale, no flip, class map resized to ' +
    'the original pixels by nearest neighbour; scored on original pixels without void; long side 513 pixels, padded to 513';
  expect(printed).toContain(
    `@tensorflow-models/deeplab, pascal, from ${join(folder, 'model')}; ${protocol}.`,
  );
  const written = JSON.parse(await readFile(join(out, 'scores.json'), 'utf8')) as {
    network: unknown;
    protocol: { inWords: string };
    scores: EvaluationScores;
  };
  expect(written.network).toEqual({ deeplabModel: join(folder, 'model'), base: 'pascal' });
  expect(written.protocol.inWords).toBe(protocol);
  const config = await loadConfig({ set: [`data.root=${SAMPLE}`] });
  const dataset = await openSplit(config, 'val');
  let [pixels, right] = [0, 0];
  for (const index of [0, 1]) {
    const { id, mask } = await dataset.read(index);
    const prediction = await readIndexMask(join(out, `${id}.png`));
    expect([prediction.width, prediction.height]).toEqual([mask.width, mask.height]);
    mask.data.forEach((label, i) => {
      pixels += Number(label !== 255);
      right += Number(label !== 255 && label === prediction.data[i]);
    });
  }
  expect(written.scores.pixels).toBe(pixels);
  expect(written.scores.pixelAccuracy).toBeCloseTo(right / pixels, 12);
  expect(await readFile(join(out, 'confusion.svg'), 'utf8')).toContain('<svg');
});

it('refuses data of other classes, and a folder without a model', async () => {
  const classes = join(folder, 'own.yaml');
  const list = join(folder, 'own.txt');
  await writeFile(classes, 'name: roads\nclasses: [background, road]\n');
  await writeFile(list, `${SAMPLE}/JPEGImages/sample_0000.jpg ${SAMPLE}/SegmentationClass/sample_0000.png\n`);
  const set = [`data.list={train: ${list}, val: ${list}, classes: ${classes}}`];
  const score = (deeplabModel: string): Promise<void> => evaluate({ deeplabModel, checkpoint: 'last', set });
  await expect(score(join(folder, 'model'))).rejects.toThrow(/tells 21 classes apart, and roads has 2/);
  await expect(score(join(folder, 'none'))).rejects.toThrow(
    /that you have a copy of; nothing is downloaded\.$/,
  );
});
