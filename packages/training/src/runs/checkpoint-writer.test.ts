import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCheckpointMetadata } from '../checkpoint.ts';
import { fingerprint } from '../fingerprint.ts';
import { RunFolder } from '../run-folder.ts';
import { checkpointWriter } from './checkpoint-writer.ts';
import { restore } from './resume.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('writes what a run needs to go on: step, batch, best score, seconds, and whose it is', async () => {
  const config = { seed: 7, train: { accumulate: 4 } };
  const run = await RunFolder.create(join(folder, 'run'), config, {});
  const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 1, inputShape: [2] })] });
  let seconds = 1;
  const save = await checkpointWriter({ run, seed: 7, accumulate: 4, seconds: () => seconds });
  seconds = 12.5;
  const best = { score: 0.5, step: 2 };
  await save(run.bestCheckpoint, { model }, 2, best);
  await save(run.lastCheckpoint, { model }, 3, best);
  expect(await readCheckpointMetadata(run.lastCheckpoint)).toEqual({
    ...{ step: 3, position: 12, seed: 7, best, extra: 12.5 },
    config: fingerprint(config),
  });
  const before = model.getWeights().map((weight) => [...weight.dataSync()]);
  tf.tidy(() => model.setWeights(model.getWeights().map((weight) => tf.zerosLike(weight))));
  expect(await restore(run, config, { model }, (tree) => tree)).toEqual({ step: 3, best, seconds: 12.5 });
  expect(model.getWeights().map((weight) => [...weight.dataSync()])).toEqual(before);
  model.dispose();
});

it('counts a batch a step where nothing is accumulated', async () => {
  const run = await RunFolder.create(join(folder, 'other'), {}, {});
  const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 1, inputShape: [2] })] });
  const save = await checkpointWriter({ run, seed: 0, seconds: () => 0 });
  await save(run.lastCheckpoint, { model }, 3, null);
  expect(await readCheckpointMetadata(run.lastCheckpoint)).toMatchObject({ step: 3, position: 3, best: null });
  model.dispose();
});
