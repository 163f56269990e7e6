// What is frozen must be the file's to the last bit after training, evaluation, averaging and resumption, and all else
// must have learned: options of this kind have done nothing elsewhere without anybody noticing.

import { decodeSafetensors, namedVariables } from '@plumbline/training';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildModel, buildOptimizer, checkTrainable } from './build-model.ts';
import { loadConfig } from '../config/load-config.ts';
import { openSplit } from '../data/open-data.ts';
import { startFromWeights } from './start-weights.ts';
import { torchvisionFile } from '../testing/torchvision-file.ts';
import { stoppedWhen } from '../testing/stopped-when.ts';
import { SAMPLE, TINY } from '../testing/tiny-voc.ts';
import { trainRun } from '../training/train-run.ts';

const BN = [...TINY, `data.root=${SAMPLE}`, 'model.recipe=bn'];
let folder = '';
let file = '';
let backboneOnly = '';
beforeAll(async () => {
  vi.spyOn(console, 'warn').mockReturnValue(undefined);
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
  file = await torchvisionFile(join(folder, 'whole.safetensors'), BN);
  const isBackbone = (layer: string): boolean => layer.startsWith('backbone.');
  backboneOnly = await torchvisionFile(join(folder, 'backbone.safetensors'), BN, isBackbone);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const NORM = /\/(gamma|beta|movingMean|movingVariance)$/;
const STATISTICS = /\/(movingMean|movingVariance)$/;

type Values = Map<string, string>;

/** The tensors of one part of a checkpoint, as text of their bytes. */
async function tensorsOf(run: string, part: 'model' | 'average'): Promise<Values> {
  const path = join(run, 'checkpoints/last.safetensors');
  const { tensors } = decodeSafetensors(await readFile(path), path);
  return new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(`${part}/`) && name !== 'average/updates')
      .map(([name, { data }]) => [
        name.slice(part.length + 1),
        Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
      ]),
  );
}

/** Trains in `folder/name`, stopped at step `stopAt` where one is given, and goes on where it was. */
async function train(name: string, set: readonly string[], stopAt?: number): Promise<string> {
  const config = await loadConfig({ set });
  const run = join(folder, name);
  const options = { config, folder: run };
  if (stopAt !== undefined) {
    const stopped = trainRun({
      ...options,
      resume: false,
      ...stoppedWhen((line) => line.startsWith(`step ${stopAt}/`)),
    });
    await expect(stopped).rejects.toThrow(/aborted/);
  }
  await trainRun({ ...options, resume: stopAt !== undefined, ...stoppedWhen(() => false) });
  return run;
}

/** The weights as `startFromWeights` leaves them: where training begins. */
async function atStart(set: readonly string[]): Promise<Values> {
  const config = await loadConfig({ set });
  const training = await openSplit(config, 'train');
  const model = buildModel(config, training.classes.length);
  await startFromWeights(config, model, training);
  const values = namedVariables(model).map(({ name, variable }): [string, string] => {
    const data = variable.dataSync();
    return [name, Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')];
  });
  model.dispose();
  return new Map(values);
}

function moved(before: Values, after: Values): Set<string> {
  expect([...after.keys()].filter((name) => !before.has(name))).toEqual([]);
  return new Set([...after].filter(([name, value]) => before.get(name) !== value).map(([name]) => name));
}

describe('frozen norms', () => {
  it('stay bit by bit through steps of one image, evaluations, averaging and resumption; all else learns', async () => {
    const set = [
      ...BN,
      `model.weights=${file}`,
      'model.freezeNorm=all',
      'train.batchSize=1',
      'train.steps=3',
      'train.ema=0.9',
      'train.evaluateEvery=1',
    ];
    const start = await atStart(set);
    const whole = await train('whole', set);
    const resumed = await train('resumed', set, 2);
    for (const part of ['model', 'average'] as const) {
      const after = await tensorsOf(whole, part);
      const names = [...after.keys()];
      expect(names.filter((name) => NORM.test(name)).length).toBeGreaterThan(80);
      const counters = names.filter((name) => name.startsWith('classifier.dropout/'));
      const learning = names.filter((name) => !NORM.test(name) && !counters.includes(name));
      expect([...moved(start, after)].filter((name) => !counters.includes(name)).sort()).toEqual(
        learning.sort(),
      );
      expect(await tensorsOf(resumed, part)).toEqual(after);
    }
  });

  it('of the backbone alone, with γ and β going on', async () => {
    const set = [
      ...BN,
      `model.weights=${backboneOnly}`,
      'model.freezeNorm=backbone',
      'model.freezeAffine=false',
      'train.steps=1',
    ];
    const changed = moved(await atStart(set), await tensorsOf(await train('backbone', set), 'model'));
    expect([...changed].filter((name) => name.startsWith('backbone.') && STATISTICS.test(name))).toEqual([]);
    for (const name of [
      'backbone.bn1/gamma',
      'backbone.layer4.1.bn2/beta',
      'backbone.conv1/kernel',
      'classifier.0.project.1/movingMean',
      'classifier.0.project.1/gamma',
    ]) {
      expect(changed, name).toContain(name);
    }
  });

  it('are in no parameter group', async () => {
    const config = await loadConfig({ set: [...BN, `model.weights=${file}`, 'model.freezeNorm=all'] });
    const model = buildModel(config, 21);
    const optimizer = buildOptimizer(config, model);
    const names = optimizer.groups.flatMap(({ parameters }) => parameters.map(({ name }) => name));
    expect(names.filter((name) => NORM.test(name))).toEqual([]);
    expect(names).toContain('backbone.conv1/kernel');
    optimizer.dispose();
    model.dispose();
  });
});

it('frozen stages stay with their kernels and norms, and the others learn', async () => {
  const set = [...BN, `model.weights=${file}`, 'model.freezeStages=2', 'train.steps=1'];
  const after = await tensorsOf(await train('stages', set), 'model');
  const changed = moved(await atStart(set), after);
  const isFrozen = (name: string): boolean => /^backbone\.(conv1|bn1|layer[12]\.)/.test(name);
  const [frozen, rest] = [true, false].map((wanted) =>
    [...after.keys()].filter((name) => isFrozen(name) === wanted),
  );
  expect(frozen).toHaveLength(50);
  expect([...changed].filter(isFrozen)).toEqual([]);
  expect(rest?.filter((name) => !changed.has(name))).toEqual([]);
});

describe('freezing is refused', () => {
  const build = async (...set: string[]): Promise<string> => {
    try {
      const config = await loadConfig({ set: [...BN, ...set] });
      checkTrainable(config);
      const training = await openSplit(config, 'train');
      const model = buildModel(config, training.classes.length);
      try {
        await startFromWeights(config, model, training);
      } finally {
        model.dispose();
      }
      return 'built';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  const weights = (path: string): string => `model.weights=${path}`;

  it.each<[string, () => string[], RegExp]>([
    [
      'without weights',
      () => ['model.freezeNorm=backbone'],
      /^model\.freezeNorm backbone would keep what was drawn at random, as model\.weights is null: name/,
    ],
    [
      'stages without weights',
      () => ['model.freezeStages=1'],
      /^model\.freezeStages 1 would keep what was drawn at random/,
    ],
    [
      'where there are no statistics',
      () => [weights(file), 'model.recipe=gn', 'model.freezeNorm=all'],
      /^model\.freezeNorm all finds no running statistics to freeze with model\.recipe gn, /,
    ],
    [
      'of norms that the file lacks',
      () => [weights(backboneOnly), 'model.freezeNorm=all'],
      /^model\.freezeNorm all would freeze 5 norms that .*backbone\.safetensors has nothing for \(classifier\.0\.convs\.0\.1, .*set model\.freezeNorm=backbone\.$/,
    ],
    [
      'of norms whose filters are others now',
      () => [weights(file), 'model.recipe=wa+bn', 'model.freezeNorm=all'],
      /^model\.recipe wa\+bn makes other filters of those in .* \(backbone\.conv1: WeightAlign .*set model\.keepKernels=true/,
    ],
    [
      'of stages whose filters are others now',
      () => [weights(file), 'model.recipe=ws+gn', 'model.freezeStages=1'],
      /^model\.recipe ws\+gn makes other filters/,
    ],
    [
      'of stages that are none',
      () => [weights(file), 'model.backbone=mobilenetv2', 'model.freezeStages=1'],
      /^model\.freezeStages is 1, and mobilenetv2 has no stages to count/,
    ],
    [
      'of the backbone’s norms alone, where the pooled branch would normalize one image by itself',
      () => [weights(file), 'model.freezeNorm=backbone', 'train.batchSize=1'],
      /image-pooling branch at train\.batchSize 1/,
    ],
  ])('%s', async (_, set, message) => {
    expect(await build(...set())).toMatch(message);
  });

  it('and not where filters keep their function', async () => {
    const kept = ['model.recipe=wa+bn', 'model.keepKernels=true', 'model.freezeNorm=all'];
    expect(await build(weights(file), ...kept)).toBe('built');
    expect(await build(weights(file), 'model.freezeNorm=all', 'train.batchSize=1')).toBe('built');
  });
});
