// How a run stops and goes on, in one process; test/segmentation.test.ts does it with signals and compares bits.

import { Progress, readCheckpointMetadata, RunFolder, type MetricsRecord } from '@plumbline/training';
import { copyFile, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { finishRun } from './finish-run.ts';
import { loadConfig } from '../config/load-config.ts';
import { stoppedWhen } from '../testing/stopped-when.ts';
import { damagedSample, SAMPLE, TINY } from '../testing/tiny-voc.ts';
import { trainRun, type TrainRunOptions } from './train-run.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterEach(() => rm(folder, { recursive: true }));

const silent = new Progress({ stream: new Writable({ write: (_chunk, _encoding, done) => done() }) });
const never = new AbortController().signal;

async function options(root: string, ...set: string[]): Promise<TrainRunOptions> {
  const config = await loadConfig({ set: [...TINY, `data.root=${root}`, ...set] });
  return { config, folder: join(folder, 'run'), resume: false, signal: never, progress: silent };
}

const lines = (metrics: readonly MetricsRecord[]): string[] =>
  metrics.map(({ kind, step }) => `${kind} ${step}`);

it('goes on from nothing when it was stopped before its first step', async () => {
  const run = await options(SAMPLE, 'train.steps=1');
  const stopped = await trainRun({ ...run, signal: AbortSignal.abort() });
  expect(stopped).toMatchObject({ end: 'stopped', step: 0 });
  expect(await trainRun({ ...run, resume: true })).toMatchObject({ end: 'finished', step: 1 });
});

it('goes on from nothing when it was killed before its first checkpoint', async () => {
  const run = await options(SAMPLE, 'train.steps=1');
  const begun = await RunFolder.create(run.folder, run.config, {});
  await begun.appendMetrics({ kind: 'train', step: 1 });
  const resumed = await trainRun({ ...run, resume: true });
  expect(resumed.end).toBe('finished');
  expect(lines(await begun.readMetrics())).toEqual(['train 1']);
});

it('does an evaluation again that Ctrl-C cut short', async () => {
  const run = await options(SAMPLE, 'train.evaluateEvery=1', 'train.steps=2');
  const stopped = trainRun({ ...run, ...stoppedWhen((line) => line.includes('1/2 validation images')) });
  await expect(stopped).rejects.toThrow(/aborted/);
  const { run: folderOfRun } = await trainRun({ ...run, resume: true });
  expect(lines(await folderOfRun.readMetrics())).toEqual(['train 1', 'evaluation 1', 'train 2']);
});

it('loses no step to a broken validation image, and catches its evaluation up when it is mended', async () => {
  // Training sees the first four images, validation here the first six.
  const image = 'JPEGImages/sample_0005.jpg';
  const root = await damagedSample(join(folder, 'voc'), (at) => truncate(join(at, image), 900));
  const run = await options(
    root,
    'train.evaluateEvery=2',
    'train.steps=3',
    'data.valSplit=train',
    'data.valLimit=6',
  );
  const way =
    /^Image .*sample_0005\.jpg could not be decoded.*\.\nThe run is kept up to step 2; go on with: .* --resume ".*run"$/;
  await expect(trainRun(run)).rejects.toThrow(way);

  await copyFile(join(SAMPLE, image), join(root, image));
  const controller = new AbortController();
  const trained = await trainRun({ ...run, resume: true });
  expect(lines(await trained.run.readMetrics())).toEqual(['train 1', 'train 2', 'evaluation 2', 'train 3']);
  const { best } = await readCheckpointMetadata(trained.run.lastCheckpoint);
  expect(best?.step).toBe(2);

  // Ctrl-C in the final evaluation, and the same again.
  controller.abort();
  const finish = { config: run.config, progress: silent };
  await expect(finishRun({ ...finish, trained, signal: controller.signal })).rejects.toBe(
    controller.signal.reason,
  );
  const again = await trainRun({ ...run, resume: true });
  expect(again).toMatchObject({ end: 'finished', step: 3 });
  const { scores } = await finishRun({ ...finish, trained: again, signal: never });
  expect(scores.meanIoU).toBeGreaterThan(0);
  await expect(trainRun({ ...run, resume: true })).rejects.toThrow(/is finished/);
});
