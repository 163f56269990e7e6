import * as tf from '@tensorflow/tfjs-core';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CheckpointMetadata,
  loadCheckpoint,
  readCheckpointMetadata,
  saveCheckpoint,
} from './checkpoint.ts';
import { namedVariables } from './named-variables.ts';
import { tinyModel, tinyRun } from './testing/tiny-run.ts';

let path: string;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
  path = join(folder, 'last.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

const metadata: CheckpointMetadata = {
  step: 7,
  position: 14,
  seed: 3,
  best: { score: 0.5, step: 4 },
  config: 'f00d',
  extra: { schedule: 'poly' },
};

describe('checkpoint', () => {
  it('gives metadata without a model', async () => {
    await saveCheckpoint(path, tinyRun(), metadata);
    expect(await readCheckpointMetadata(path)).toEqual(metadata);
  });

  it('keys weights by layer and weight, whatever else the process has built', () => {
    tinyModel();
    const variables = namedVariables(tinyModel());
    expect(variables.map(({ name }) => name)).toEqual([
      'body/kernel',
      'body/bias',
      'head/kernel',
      'head/bias',
    ]);
    expect(variables[0]?.variable.name).toMatch(/^body\/kernel_\d+$/);
  });

  it('loads the weights alone from a full checkpoint', async () => {
    const run = tinyRun();
    await saveCheckpoint(path, run, metadata);
    const model = tinyModel();
    model.setWeights(model.getWeights().map((weight) => tf.zerosLike(weight)));
    await loadCheckpoint(path, { model });
    expect(model.getWeights()[0]?.dataSync()).toEqual(run.model.getWeights()[0]?.dataSync());
  });

  it('says in one sentence which names and shapes differ, and changes nothing', async () => {
    const run = tinyRun();
    await saveCheckpoint(path, { model: run.model }, metadata);
    const other = tinyModel(5);
    const before = other.getWeights()[3]?.dataSync();
    await expect(loadCheckpoint(path, { model: other, optimizer: run.optimizer })).rejects.toThrow(
      /does not fit this model: 4 missing in the file: optimizer\/body\/kernel\/velocity, .*; 3 of another shape: model\/body\/kernel \(file float32 \[3, 3, 3, 4\], model float32 \[3, 3, 3, 5\]\)/,
    );
    expect(other.getWeights()[3]?.dataSync()).toEqual(before);
    await saveCheckpoint(path, run, metadata);
    await expect(loadCheckpoint(path, { model: run.model, state: [] })).rejects.toThrow(
      /1 in the file but not in the model: state\/counter/,
    );
  });

  it('never replaces a good checkpoint with a broken state', async () => {
    const run = tinyRun();
    await saveCheckpoint(path, run, metadata);
    const good = await readFile(path);
    const [kernel] = namedVariables(run.model);
    kernel?.variable.assign(tf.div(kernel.variable as tf.Tensor, 0));
    await expect(saveCheckpoint(path, run, metadata)).rejects.toThrow(
      /At step 7 "model\/body\/kernel" holds values that are not finite/,
    );
    expect(await readFile(path)).toEqual(good);
  });

  it('names a file that is missing, cut short, or something else', async () => {
    const { model } = tinyRun();
    await expect(loadCheckpoint(path, { model })).rejects.toThrow(
      /last\.safetensors: there is no such file\.$/,
    );
    await saveCheckpoint(path, { model }, metadata);
    await writeFile(path, (await readFile(path)).subarray(0, -3));
    await expect(loadCheckpoint(path, { model })).rejects.toThrow(/last\.safetensors .* cut short/);
    await writeFile(path, Buffer.concat([Buffer.from('0200000000000000', 'hex'), Buffer.from('{}')]));
    await expect(loadCheckpoint(path, { model })).rejects.toThrow(/no training state/);
  });
});
