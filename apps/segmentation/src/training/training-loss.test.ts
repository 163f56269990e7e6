// What a run minimizes, computes once and averages: together with its run folder, stopped and gone on with.

import { tf } from '@plumbline/runtime';
import { crossEntropyLoss, namedVariables, Progress, RunFolder } from '@plumbline/training';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configSchema, type Config, type ConfigInput } from '../config/config.ts';
import { openSplit } from '../data/open-data.ts';
import { withClassWeights } from './class-weights.ts';
import { finishRun } from './finish-run.ts';
import { loadConfig, validateConfig } from '../config/load-config.ts';
import { openTrained } from '../network/open-trained.ts';
import { digest } from '../testing/digest.ts';
import { stoppedWhen } from '../testing/stopped-when.ts';
import { SAMPLE, TINY } from '../testing/tiny-voc.ts';
import { trainRun, type TrainedRun } from './train-run.ts';
import { trainingLoss } from './training-loss.ts';

const classes = ['background', 'road', 'sky'];
const labels = tf.tensor3d([0, 1, 255, 2], [1, 2, 2], 'int32');
const logits = tf.tensor4d([3, 1, 0, 0, 2, 1, 5, 5, 5, 0, 1, 0], [1, 2, 2, 3]);

describe('trainingLoss', () => {
  const of = (config: ConfigInput): ReturnType<typeof trainingLoss> =>
    trainingLoss(configSchema.parse(config), { classes, ignoreLabel: 255 });
  const value = (loss: ReturnType<typeof trainingLoss>): number =>
    tf.tidy(() => loss.of(logits, labels).loss.dataSync()[0] ?? NaN);

  it('passes its options on', () => {
    const classWeights = [1, 2, 3];
    const loss = of({
      loss: { labelSmoothing: 0.1, classWeights, hardPixels: { share: 0.5, threshold: 0.4 } },
    });
    const expected = crossEntropyLoss(logits, labels, {
      labelSmoothing: 0.1,
      classWeights,
      keptShare: 0.5,
      threshold: 0.4,
    });
    expect(value(loss)).toBe(expected.loss.dataSync()[0]);
    expect(loss.state()).toEqual([]);
  });

  it('adds that of an auxiliary head, of the same pixels', () => {
    const auxiliary = tf.reverse(logits, -1);
    const options = { loss: { auxiliary: 0.4, labelSmoothing: 0.1, hardPixels: { share: 0.5 } } };
    const lossOf = (of: tf.Tensor4D): number =>
      crossEntropyLoss(of, labels, { labelSmoothing: 0.1, keptShare: 0.5 }).loss.dataSync()[0] ?? NaN;
    const { loss, weight } = of(options).of(logits, labels, auxiliary);
    expect(loss.dataSync()[0]).toBeCloseTo(lossOf(logits) + 0.4 * lossOf(auxiliary), 6);
    expect(weight.dataSync()[0]).toBe(3);
  });

  it('ramps the share of pixels over optimizer steps, from a state of its own', () => {
    const loss = of({ loss: { hardPixels: { share: 0.1, rampSteps: 2 } }, train: { accumulate: 3 } });
    const shares: number[] = [];
    for (let step = 0; step < 8; step++) {
      shares.push(value(loss));
      loss.advance();
    }
    const all = crossEntropyLoss(logits, labels).loss.dataSync()[0];
    const hardest = crossEntropyLoss(logits, labels, { keptShare: 0.1 }).loss.dataSync()[0];
    expect(shares[0]).toBeCloseTo(all ?? NaN, 6);
    expect(shares.slice(6)).toEqual([hardest, hardest]);
    expect(shares[2]).toBeLessThan(shares[6] ?? 0);
    expect(loss.state().map(({ variable }) => variable.dataSync()[0])).toEqual([8]);
  });

  it('refuses another number of weights than classes, and weights nobody has computed', () => {
    expect(() => of({ loss: { classWeights: [1, 2] } })).toThrow(
      'loss.classWeights: got 2 class weights for 3 classes',
    );
    expect(() => of({ loss: { classWeights: 'enet' } })).toThrow('has not been computed yet');
  });
});

describe('a run', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
    vi.stubEnv('PLUMBLINE_CACHE', join(folder, 'cache'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });

  let messages = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      messages += String(chunk);
      done();
    },
  });
  const start = async (name: string, steps: number, ...set: string[]): Promise<TrainedRun> =>
    go(
      await loadConfig({ set: [...TINY, `data.root=${SAMPLE}`, `train.steps=${steps}`, ...set] }),
      name,
      false,
    );
  const go = (
    config: Config,
    name: string,
    resume: boolean,
    signal = new AbortController().signal,
  ): Promise<TrainedRun> =>
    trainRun({
      config,
      folder: join(folder, name),
      resume,
      signal,
      progress: new Progress({ stream, interval: 0 }),
    });
  const counted = async (...more: string[]): Promise<Config> => {
    const set = [...TINY, `data.root=${SAMPLE}`, 'loss.classWeights=median-frequency', ...more];
    const config = await loadConfig({ set });
    const progress = new Progress({ stream, interval: 0 });
    const { signal } = new AbortController();
    return withClassWeights(config, await openSplit(config, 'train'), { progress, signal });
  };
  const configOf = async (name: string): Promise<Config> =>
    validateConfig(await (await RunFolder.open(join(folder, name))).readConfig(), name);

  it('computes class weights once, writes them into config.json and keeps the counts', async () => {
    messages = '';
    await start('first', 1, 'loss.classWeights=median-frequency');
    expect(messages).toMatch(/4\/4 training masks counted/);
    expect(messages).toMatch(
      /Class weights \(median-frequency, 4 train masks of PASCAL VOC 2012\): background 0\.\d+, /,
    );
    const { loss } = await configOf('first');
    expect(loss.classWeights).toBe('median-frequency');
    expect(loss.computedClassWeights).toHaveLength(21);
    expect(loss.computedClassWeights?.[0]).toBeLessThan(1);
    expect(await readdir(join(folder, 'cache', 'data'))).toHaveLength(1);

    messages = '';
    const again = await counted();
    expect(messages).not.toMatch(/counted/);
    expect(again.loss).toEqual(loss);
    await counted('data.trainLimit=3');
    expect(messages).toMatch(/3\/3 training masks counted/);
  });

  it('with a ramp and averaged weights goes on as if it had not been stopped', async () => {
    const set = [
      'loss.hardPixels.share=0.3',
      'loss.hardPixels.rampSteps=4',
      'train.ema=0.9',
      'loss.lovasz=0.5',
    ];
    const everything = ({ model, average }: TrainedRun): string[] =>
      [...namedVariables(model), ...(average?.state() ?? [])].map(digest);
    const straight = await start('straight', 4, ...set);

    const config = await loadConfig({ set: [...TINY, `data.root=${SAMPLE}`, 'train.steps=4', ...set] });
    const stopping = stoppedWhen((line) => line.includes('step 2/4'));
    const options = { config, folder: join(folder, 'stopped'), ...stopping };
    const stopped = await trainRun({ ...options, resume: false });
    expect(stopped.step).toBeLessThan(4);
    const resumed = await go(await configOf('stopped'), 'stopped', true);
    expect(resumed.end).toBe('finished');
    expect(everything(resumed)).toEqual(everything(straight));
    expect(everything(stopped)).not.toEqual(everything(straight));
  });

  it('scores raw and averaged weights apart and keeps the averages as the best', async () => {
    const trained = await start(
      'averaged',
      2,
      'train.ema=0.9',
      'train.evaluateEvery=1',
      'optimizer.learningRate=0.05',
    );
    const raw = namedVariables(trained.model).map(digest);
    const progress = new Progress({ stream, interval: 0 });
    messages = '';
    const { scores } = await finishRun({
      config: trained.config,
      trained,
      progress,
      signal: new AbortController().signal,
    });
    expect(messages).toMatch(/averaged weights; raw ones: /);
    expect(namedVariables(trained.model).map(digest)).toEqual(raw);

    const metrics = await trained.run.readMetrics();
    expect(metrics.map(({ kind, step }) => `${kind} ${step}`)).toEqual([
      'train 1',
      'evaluation-raw 1',
      'evaluation 1',
      'train 2',
      'evaluation-raw 2',
      'evaluation 2',
    ]);
    expect(metrics.at(-1)?.['meanIoU']).toBe(scores.meanIoU);

    const weightsOf = async (
      which: 'last' | 'best',
    ): Promise<{ step: number; averaged: boolean; values: string[] }> => {
      const { model, step, averaged } = await openTrained(trained.run.path, which);
      return {
        step,
        averaged,
        values: namedVariables(model).map(digest),
      };
    };
    const averages = trained.average?.state().map(digest).slice(0, -1);
    const last = await weightsOf('last');
    const floats = namedVariables(trained.model).map(({ variable }) => variable.dtype === 'float32');
    expect(last.values.filter((_, i) => floats[i])).toEqual(averages);
    expect(last.values).not.toEqual(raw);
    expect(last).toMatchObject({ step: 2, averaged: true });
    const best = await weightsOf('best');
    expect(best.values).not.toEqual(raw);
    if (best.step === 2) expect(best.values).toEqual(last.values);
  });
});
