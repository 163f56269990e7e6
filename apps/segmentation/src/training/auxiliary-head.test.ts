// A run with an auxiliary head, on DeepLabv3+: it trains and resumes with the head, and everything else does without.

import { tf } from '@plumbline/runtime';
import { namedVariables, Progress } from '@plumbline/training';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Config } from '../config/config.ts';
import { finishRun } from './finish-run.ts';
import { loadConfig } from '../config/load-config.ts';
import { openTrained } from '../network/open-trained.ts';
import { digest } from '../testing/digest.ts';
import { stoppedWhen } from '../testing/stopped-when.ts';
import { SAMPLE, TINY } from '../testing/tiny-voc.ts';
import { trainRun, type TrainedRun } from './train-run.ts';

let folder = '';
let config: Config;
let straight: TrainedRun;

/** Trains; the signal is raised once `until` is said. */
async function train(name: string, resume: boolean, until = 'never'): Promise<TrainedRun> {
  const stopped = stoppedWhen((line) => line.includes(until));
  return trainRun({ config, folder: join(folder, name), resume, ...stopped });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
  const set = ['model.decoder=v3plus', 'loss.auxiliary=0.4', 'train.accumulate=2', 'train.ema=0.9'];
  config = await loadConfig({ set: [...TINY, `data.root=${SAMPLE}`, 'train.steps=3', ...set] });
  straight = await train('straight', false);
});
afterAll(() => rm(folder, { recursive: true }));

it('goes on to the same bits after a stop, the head’s weights included', async () => {
  const everything = ({ model, average }: TrainedRun): Record<string, string> =>
    Object.fromEntries(
      [namedVariables(model), average?.state() ?? []].flatMap((variables, part) =>
        variables.map((variable) => [`${part} ${variable.name}`, digest(variable)]),
      ),
    );
  const stopped = await train('stopped', false, 'step 1/3');
  expect(stopped.end).toBe('stopped');
  const before = everything(stopped);
  const resumed = everything(await train('stopped', true));
  expect(resumed).toEqual(everything(straight));
  for (const name of ['aux_classifier.0/kernel', 'aux_classifier.4/bias', 'aux_classifier.dropout/count']) {
    expect(resumed[`0 ${name}`], name).toBeDefined();
    expect(resumed[`0 ${name}`], name).not.toBe(before[`0 ${name}`]);
  }
});

it('is evaluated, kept and opened without it', async () => {
  const { scores } = await finishRun({
    config,
    trained: straight,
    progress: new Progress({ stream: new Writable({ write: (_chunk, _encoding, done) => done() }) }),
    signal: new AbortController().signal,
  });
  expect(scores.pixels).toBeGreaterThan(0);
  const { run, model: trained, average } = straight;
  expect((await readdir(run.predictions)).filter((name) => name.endsWith('.png'))).toHaveLength(2);
  const image = tf.randomUniform([1, 33, 33, 3], -1, 1, 'float32', 3);
  const wanted = await average?.use(() =>
    Promise.resolve((trained.predict(image) as tf.Tensor[]).map((logits) => logits.dataSync())),
  );
  for (const checkpoint of ['last', 'best'] as const) {
    const { model } = await openTrained(run.path, checkpoint);
    expect(model.layers.filter(({ name }) => name.startsWith('aux'))).toEqual([]);
    const logits = (model.predict(image) as tf.Tensor).dataSync();
    expect(logits).toEqual(wanted?.[0]);
    expect(logits).not.toEqual(wanted?.[1]);
  }
});
