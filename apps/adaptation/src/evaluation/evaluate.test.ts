import type { DomainNetwork, DomainOutputs, TargetBatch } from '@plumbline/adaptation';
import { tf } from '@plumbline/runtime';
import { Progress } from '@plumbline/training';
import { rm } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../config/config.ts';
import { openTask, type Task } from '../data/open-task.ts';
import { buildNetwork } from '../network/build-network.ts';
import { tinyConfig, tinyTask } from '../testing/tiny-task.ts';
import { confusionAccuracy, evaluate, type EvaluateOptions, type Evaluation } from './evaluate.ts';

let root = '';
let config: Config;
let task: Task;
let network: DomainNetwork;
beforeAll(async () => {
  root = await tinyTask(8);
  config = tinyConfig(root, { data: { limit: 5, sourceValidationShare: 0.25 } });
  task = await openTask(config);
  network = buildNetwork(config, { classes: 2, channels: 3 });
});
afterAll(async () => {
  network.model.dispose();
  await rm(root, { recursive: true });
});

const progress = new Progress({ stream: new Writable({ write: (_chunk, _encoding, done) => done() }) });
const evaluated = (answer?: EvaluateOptions['answer']): Promise<Evaluation> =>
  evaluate({
    ...{ config, task, network, progress, signal: new AbortController().signal },
    ...(answer === undefined ? {} : { answer }),
  });

describe('evaluate', () => {
  it('scores the whole target of a run that adapts to a few of its images', async () => {
    expect(task.target.ids).toHaveLength(5);
    expect(task.source.ids).toHaveLength(5);
    expect(task.evaluation).toBe(
      `16 images of ${task.test.name}, 5 of which were adapted to, without their labels`,
    );
    const tensors = tf.memory().numTensors;
    const { confusion, targetAccuracy, test, validators } = await evaluated();
    expect(tf.memory().numTensors).toBe(tensors);
    expect(test.logits).toMatchObject({ rows: 16, columns: 2 });
    expect([...confusion].reduce((sum, count) => sum + count, 0)).toBe(16);
    expect(targetAccuracy).toBe(confusionAccuracy(confusion));
    expect(Object.keys(validators)).toEqual(config.evaluate.validators);
  });

  it('a method that answers itself meets the classes mixed, and its answers go to their images', async () => {
    const met: number[] = [];
    async function* answer(
      { infer }: { infer: (images: tf.Tensor4D) => DomainOutputs },
      batches: AsyncIterable<TargetBatch>,
    ): AsyncGenerator<DomainOutputs> {
      for await (const { images } of batches) {
        const leftMinusRight = tf.tidy(() => {
          const [left, right] = tf.split(images, 2, 2) as [tf.Tensor4D, tf.Tensor4D];
          return tf.mean(tf.sub(left, right), [1, 2, 3]).dataSync();
        });
        met.push(...leftMinusRight.map(Math.sign));
        yield tf.tidy(() => ({ ...infer(images) }));
      }
    }
    const plain = await evaluated();
    const own = await evaluated((of, batches) => answer({ infer: (images) => of.infer(images) }, batches));
    expect(met).toHaveLength(16);
    expect(new Set(met.slice(0, 5)).size).toBe(2);
    own.test.logits.data.forEach((logit, i) =>
      expect(logit).toBeCloseTo(plain.test.logits.data[i] ?? NaN, 5),
    );
    expect(own.confusion).toEqual(plain.confusion);
  });
});
