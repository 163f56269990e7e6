// Going on with runs that are not as they were: begun by an older version, changed, worked on elsewhere, or diverged.

import {
  addedOptions,
  decodeSafetensors,
  DivergedError,
  encodeSafetensors,
  fingerprint,
  Progress,
  readCheckpointMetadata,
  RunFolder,
} from '@plumbline/training';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../config/config.ts';
import { loadConfig, validateConfig } from '../config/load-config.ts';
import { openTrained } from '../network/open-trained.ts';
import { stoppedWhen } from '../testing/stopped-when.ts';
import { SAMPLE, TINY } from '../testing/tiny-voc.ts';
import { trainRun, type TrainedRun } from './train-run.ts';

const SET = [
  ...TINY,
  `data.root=${SAMPLE}`,
  'train.steps=6',
  'train.checkpointEvery=2',
  'train.keepCheckpoints=2',
];
let folder = '';
let whole = '';
let interrupted = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
  whole = join(folder, 'whole');
  interrupted = join(folder, 'interrupted');
  await train(whole);
  expect(await train(interrupted, { stopAt: 4 })).toMatchObject({ end: 'stopped', step: 4 });
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

interface How {
  /** Raise the signal at the log line of this step. */
  stopAt?: number;
  /** Go on, under what config.json says. */
  resume?: boolean;
  set?: readonly string[];
}

async function train(run: string, { stopAt, resume = false, set = SET }: How = {}): Promise<TrainedRun> {
  const config = resume
    ? validateConfig(await (await RunFolder.open(run)).readConfig(), run)
    : await loadConfig({ set });
  return trainRun({
    config,
    folder: run,
    resume,
    ...stoppedWhen((line) => line.startsWith(`step ${stopAt}/`)),
  });
}

/** A copy of the interrupted run under another name, without its predictions and events. */
async function copyOf(name: string): Promise<string> {
  const run = join(folder, name);
  await mkdir(join(run, 'checkpoints'), { recursive: true });
  for (const file of ['config.json', 'environment.json', 'metrics.jsonl', 'checkpoints/last.safetensors'])
    await writeFile(join(run, file), await readFile(join(interrupted, file)));
  return run;
}

async function tensors(run: string, file = 'last'): Promise<Buffer> {
  const bytes = await readFile(join(run, `checkpoints/${file}.safetensors`));
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE()));
}

type Tree = Record<string, unknown>;

async function changeConfig(run: string, change: (tree: Record<string, Tree>) => void): Promise<Tree> {
  const path = join(run, 'config.json');
  const tree = JSON.parse(await readFile(path, 'utf8')) as Record<string, Tree>;
  change(tree);
  await writeFile(path, JSON.stringify(tree));
  return tree;
}

/** Makes a run what a version without some options would have left: neither config.json nor checkpoint knows them. */
async function age(run: string): Promise<void> {
  const tree = await changeConfig(run, (config) => {
    delete config['loss'];
    for (const option of ['freezeNorm', 'freezeAffine', 'freezeStages', 'weights', 'keepKernels'])
      delete config['model']?.[option];
    delete config['train']?.['ema'];
  });
  const path = join(run, 'checkpoints/last.safetensors');
  const { tensors: values, metadata } = decodeSafetensors(await readFile(path), path);
  const state = JSON.parse(metadata['plumbline'] ?? '') as Tree;
  const plumbline = JSON.stringify({ ...state, config: fingerprint(tree) });
  const file = encodeSafetensors({ tensors: values, metadata: { ...metadata, plumbline } });
  await writeFile(path, Buffer.concat(file));
}

describe('a run that was stopped', () => {
  it('goes on to the same bits, again and again, when it is older than some options', async () => {
    const run = await copyOf('older');
    await age(run);
    const before = await readFile(join(run, 'config.json'), 'utf8');
    expect(await train(run, { resume: true, stopAt: 5 })).toMatchObject({ end: 'stopped', step: 5 });
    expect(await train(run, { resume: true })).toMatchObject({ end: 'finished', step: 6 });
    expect((await tensors(run)).equals(await tensors(whole))).toBe(true);
    expect(await readFile(join(run, 'config.json'), 'utf8')).toBe(before);
  });

  it('knows the best network that was written just before it was killed', async () => {
    const run = await copyOf('scored');
    const last = join(run, 'checkpoints/last.safetensors');
    const { tensors: values, metadata } = decodeSafetensors(await readFile(last), last);
    const withBest = (best: unknown): Buffer => {
      const state = JSON.parse(metadata['plumbline'] ?? '') as Tree;
      const plumbline = JSON.stringify({ ...state, best });
      return Buffer.concat(encodeSafetensors({ tensors: values, metadata: { ...metadata, plumbline } }));
    };
    const bestOf = async (): Promise<unknown> => (await readCheckpointMetadata(last)).best;
    const path = join(run, 'checkpoints/best.safetensors');
    await writeFile(path, withBest({ score: 0.9, step: 100 }));
    await train(run, { resume: true, stopAt: 5 });
    expect(await bestOf()).toBe(null);
    await writeFile(path, withBest({ score: 0.8, step: 4 }));
    await train(run, { resume: true });
    expect(await bestOf()).toEqual({ score: 0.8, step: 4 });
  });

  it('does not go on under a changed config.json', async () => {
    const run = await copyOf('changed');
    await changeConfig(run, ({ optimizer = {} }) => {
      optimizer['weightDecay'] = 0.5;
    });
    await expect(train(run, { resume: true })).rejects.toThrow(
      /^The checkpoint .* was written with another configuration than the run's config\.json: undo the change/,
    );
  });

  it('does not go on under another configuration than its config.json', async () => {
    const run = await copyOf('other');
    const config = await loadConfig({ set: [...SET, 'seed=9'] });
    const signal = new AbortController().signal;
    const resumed = trainRun({ config, folder: run, resume: true, signal, progress: new Progress() });
    await expect(resumed).rejects.toThrow(/was written with another configuration/);
  });

  it('does not go on with an option that this version does not know', async () => {
    const run = await copyOf('newer');
    await changeConfig(run, ({ model = {} }) => {
      model['fromTheFuture'] = 1;
    });
    await expect(train(run, { resume: true })).rejects.toThrow(/is not valid: model: .*fromTheFuture/);
  });

  it('is left to the process that works on it', async () => {
    const run = await copyOf('busy');
    const claim = JSON.stringify({ process: process.ppid, machine: hostname() });
    await writeFile(join(run, 'running.json'), claim);
    const metrics = await readFile(join(run, 'metrics.jsonl'), 'utf8');
    await expect(train(run, { resume: true })).rejects.toThrow(
      `is being worked on by process ${process.ppid}: wait for it or stop it; `,
    );
    expect(await readFile(join(run, 'metrics.jsonl'), 'utf8')).toBe(metrics);
    expect(await readFile(join(run, 'running.json'), 'utf8')).toBe(claim);
  });
});

describe('kept checkpoints', () => {
  const checkpoints = async (run: string): Promise<string[]> =>
    (await readdir(join(run, 'checkpoints'))).filter((name) => name.startsWith('step-')).sort();

  it('are the newest ones of every second step, the state of that step', async () => {
    expect(await checkpoints(whole)).toEqual(['step-4.safetensors', 'step-6.safetensors']);
    expect(await checkpoints(interrupted)).toEqual(['step-2.safetensors', 'step-4.safetensors']);
    expect((await tensors(whole, 'step-4')).equals(await tensors(interrupted))).toBe(true);
  });

  it('are opened by their step', async () => {
    const { model, step, averaged } = await openTrained(whole, 4);
    expect({ step, averaged }).toEqual({ step: 4, averaged: false });
    model.dispose();
    await expect(openTrained(whole, 2)).rejects.toThrow(
      /whole holds no checkpoint of step 2: choose last, best, or one of 4, 6\.$/,
    );
    const none = await copyOf('none kept');
    await expect(openTrained(none, 4)).rejects.toThrow(
      /it kept none beside last and best, as its train\.keep/,
    );
  });

  it('lead back: a run goes on from one that is copied over the last, and forgets the steps after it', async () => {
    const run = await copyOf('back');
    const [second, later] = await Promise.all(
      [2, 4].map((step) => readFile(join(interrupted, `checkpoints/step-${step}.safetensors`))),
    );
    await writeFile(join(run, 'checkpoints/last.safetensors'), second ?? '');
    await writeFile(join(run, 'checkpoints/step-100.safetensors'), later ?? '');
    await train(run, { resume: true });
    expect((await tensors(run)).equals(await tensors(whole))).toBe(true);
    expect(await checkpoints(run)).toEqual(['step-4.safetensors', 'step-6.safetensors']);
    const metrics = await readFile(join(run, 'metrics.jsonl'), 'utf8');
    const steps = metrics
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { step: number }).step);
    expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

it('leaves nothing of its claim, and diverges with the options that help', async () => {
  expect(await readdir(whole)).not.toContain('running.json');
  const run = join(folder, 'diverged');
  const set = [...SET, 'optimizer.learningRate=1e30', 'train.checkpointEvery=1', 'train.logEvery=6'];
  const error: unknown = await train(run, { set }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DivergedError);
  expect((error as Error).message).toMatch(
    /^The loss of step \d is (NaN|Infinity) at learning rate \S+: start again with .*\nHere that is one of: --set optimizer\.learningRate=3\.3e\+29, --set optimizer\.warmup=100, --set optimizer\.clipNorm=1\./,
  );
  expect(await readdir(run)).not.toContain('running.json');
});

describe('addedOptions', () => {
  it('finds the options of today in a config.json of the first version, which still means what it did', () => {
    // As the first version that trained wrote it, but for its defaults.
    const first = {
      seed: 0,
      data: {
        root: 'voc',
        trainSplit: 'train',
        valSplit: 'val',
        trainLimit: null,
        valLimit: null,
        baseSize: null,
        workers: 1,
      },
      augment: { cropSize: 513, scale: [0.5, 2], flip: 0.5 },
      model: {
        ...{
          depth: 50,
          recipe: 'wa+gn',
          outputStride: 16,
          atrousRates: null,
          multiGrid: [1],
          headChannels: 256,
        },
        ...{ poolingNorm: 'recipe', dropout: 0.5, zeroInitResidual: false, groups: 32, bnMomentum: 0.1 },
      },
      optimizer: {
        ...{
          learningRate: 0.007,
          headScale: 10,
          momentum: 0.9,
          nesterov: false,
          weightDecay: 0.0001,
          power: 0.9,
        },
        ...{ warmup: 0, clipNorm: null },
      },
      train: {
        steps: 30000,
        batchSize: 2,
        accumulate: 1,
        logEvery: 20,
        checkpointEvery: 500,
        evaluateEvery: 2000,
      },
      evaluate: { size: 513, pictures: 12 },
    };
    const config = configSchema.parse(first);
    expect(config).toMatchObject(first);
    expect(addedOptions(first, config)).toEqual(
      expect.arrayContaining([
        'augment.photometric=false',
        'model.backbone="resnet"',
        'model.weights=null',
        'model.freezeNorm="none"',
        'model.freezeStages=0',
        'loss.crossEntropy=1',
        'train.ema=null',
        'train.keepCheckpoints=0',
        'evaluate.mode="whole"',
      ]),
    );
  });
});
