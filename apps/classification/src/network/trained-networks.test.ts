// Networks that answer: from a run's checkpoints, and from files of other programs.
import { tf } from '@plumbline/runtime';
import { stoppingStream } from '@plumbline/test-support';
import {
  encodeSafetensors,
  loadCheckpoint,
  namedVariables,
  Progress,
  RunFolder,
  type SafeTensor,
} from '@plumbline/training';
import type * as tfl from '@tensorflow/tfjs-layers';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { tinyConfig, tinyImages } from '../testing/tiny-images.ts';
import { performRun } from '../training/run.ts';
import { buildNetwork } from './build-network.ts';
import { openClassifier } from './open-classifier.ts';
import { openTrained } from './open-trained.ts';
import { startFromWeights } from './start-weights.ts';

let root = '';
let averaged = '';
beforeAll(async () => {
  root = await tinyImages();
  averaged = join(root, 'averaged');
  const config = tinyConfig(root, { train: { ema: 0.9 } });
  const { stream, signal } = stoppingStream(() => false);
  await performRun({ config, folder: averaged, resume: false, progress: new Progress({ stream }), signal });
});
afterAll(() => rm(root, { recursive: true }));

const kernelOf = (network: tfl.LayersModel): number[] =>
  tf.tidy(() => [...(network.getLayer('backbone.conv1').getWeights()[0]?.dataSync() ?? [])]);
const answersOf = (network: tfl.LayersModel): number[] =>
  tf.tidy(() => {
    const images = tf.randomUniform([3, 8, 8, 3], -1, 1, 'float32', 3);
    return [...(network.apply(images) as tf.Tensor2D).dataSync()];
  });

describe('the network of a run', () => {
  it('has the weights that are scored, which are averages where there are any', async () => {
    const tensors = tf.memory().numTensors;
    const { network, classes, channels, config } = await openTrained(averaged);
    expect({ classes, channels }).toEqual({ classes: ['above', 'below'], channels: 3 });
    const scored = kernelOf(network);
    const run = await RunFolder.open(averaged);
    const raw = buildNetwork(config, { classes: 2, channels: 3 });
    await loadCheckpoint(run.lastCheckpoint, { model: raw });
    expect(scored).not.toEqual(kernelOf(raw));
    await loadCheckpoint(run.bestCheckpoint, { model: raw });
    const best = await openTrained(averaged, 'best');
    expect(kernelOf(best.network)).toEqual(kernelOf(raw));
    for (const model of [network, raw, best.network]) model.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('says what is missing', async () => {
    await expect(openTrained(join(root, 'train'))).rejects.toThrow(/holds no run/);
    const copy = join(root, 'copy');
    await cp(averaged, copy, { recursive: true });
    await rm(join(copy, 'checkpoints/best.safetensors'));
    await expect(openTrained(copy, 'best')).rejects.toThrow(/best\.safetensors/);
    await writeFile(join(copy, 'labels.json'), '{"classes": ["one"], "channels": 3}');
    await expect(openTrained(copy)).rejects.toThrow(
      /labels\.json does not say which classes the network knows/,
    );
  });
});

const ROLES: Readonly<Record<string, string>> = {
  kernel: 'weight',
  gamma: 'weight',
  beta: 'bias',
  bias: 'bias',
  movingMean: 'running_mean',
  movingVariance: 'running_var',
};

/** A file of the network's weights as PyTorch would have written it. */
async function writeWeights(file: string, network: tfl.LayersModel): Promise<string> {
  const tensors = namedVariables(network).map(({ name, variable }): [string, SafeTensor] => {
    const [layer = '', role = ''] = name.split('/');
    const module = layer.replace(/^backbone\./, '').replace(/^classifier\./, '');
    const order = { 4: [3, 2, 0, 1], 2: [1, 0] }[variable.rank];
    const turned = tf.transpose(variable as tf.Tensor, order ?? [0]);
    const data = turned.dataSync() as Float32Array;
    turned.dispose();
    return [`${module}.${ROLES[role]}`, { shape: turned.shape, data }];
  });
  const path = join(root, file);
  await writeFile(path, Buffer.concat(encodeSafetensors({ tensors: new Map(tensors), metadata: {} })));
  return path;
}

const bn = (weights: string | null, seed = 0) => tinyConfig(root, { seed, model: { recipe: 'bn', weights } });
const networkOf = (seed: number, classes = 2) => buildNetwork(bn(null, seed), { classes, channels: 3 });

describe('weights from elsewhere', () => {
  let file = '';
  let original: number[] = [];
  beforeAll(async () => {
    const network = networkOf(5);
    file = await writeWeights('weights.safetensors', network);
    original = answersOf(network);
    network.dispose();
  });

  it('give the network that they are of, its classifier too', async () => {
    const network = networkOf(0);
    expect(answersOf(network)).not.toEqual(original);
    expect(await startFromWeights(bn(file), network)).toMatch(
      /^Weights from .*, read as torchvision's: \d+ matched; its layers compute what the file’s do$/,
    );
    answersOf(network).forEach((value, at) => expect(value).toBeCloseTo(original[at] ?? NaN, 5));
    expect(await startFromWeights(bn(null), network)).toBeNull();
    network.dispose();
  });

  it('start a network of other classes but for its classifier, which cannot answer then', async () => {
    const network = networkOf(0, 3);
    expect(await startFromWeights(bn(file), network)).toContain(
      '2 are not in the file and begin at random (classifier.fc/kernel …)',
    );
    await expect(startFromWeights(bn(file), network, 'required')).rejects.toThrow(/2 classes of 64 features/);
    network.dispose();
  });

  it('say why they do not fit', async () => {
    const network = networkOf(0);
    await expect(startFromWeights(bn(join(root, 'none')), network)).rejects.toThrow(
      /none cannot be read \(ENOENT\); check model\.weights/,
    );
    const broken = join(root, 'broken.safetensors');
    await writeFile(broken, 'no tensors');
    await expect(startFromWeights(bn(broken), network)).rejects.toThrow(/broken\.safetensors/);
    const deeper = tinyConfig(root, {
      model: { recipe: 'bn', network: { name: 'cifar-resnet', depth: 14 } },
    });
    const other = buildNetwork(deeper, { classes: 2, channels: 3 });
    await expect(startFromWeights(bn(file), other)).rejects.toThrow(/weights\.safetensors: .*layer1\.1/s);
    network.dispose();
    other.dispose();
  });
});

describe('the network that answers', () => {
  it('is of a run or of a file, and of one of them', async () => {
    for (const flags of [{}, { run: averaged, weights: 'a' }]) {
      await expect(openClassifier(flags)).rejects.toThrow(
        'Name the network that answers: --run with a run folder, or --weights with a file',
      );
    }
  });

  it('of a run has the configuration of the run', async () => {
    const flags = { run: averaged, preset: 'quick', set: ['evaluate.flip=true'], recipe: 'bn' };
    await expect(openClassifier(flags)).rejects.toThrow(
      "--run answers under the run's own configuration: leave out --preset, --set, --recipe.",
    );
    const { config, network } = await openClassifier({ run: averaged, set: [], flip: true });
    expect(config.evaluate.flip).toBe(true);
    network.dispose();
  });

  it('of ImageNet needs no ImageNet to know what it answers with', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const set = ['model.network={name: cifar-resnet, depth: 8}', `dataset.root=${JSON.stringify(root)}`];
    const network = networkOf(5, 1000);
    const weights = await writeWeights('imagenet.safetensors', network);
    const opened = await openClassifier({ preset: 'ws-imagenet-r50', recipe: 'bn', weights, set });
    expect(opened.classes.slice(0, 2)).toEqual(['tench', 'goldfish']);
    expect(opened.classes).toHaveLength(1000);
    expect(log).toHaveBeenCalledWith(expect.stringContaining('matched'));
    log.mockRestore();
    network.dispose();
    opened.network.dispose();
  });
});
