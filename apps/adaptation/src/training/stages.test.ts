// A method that the trainer has never seen: a second classifier in a game of three updates, as MCD has it (Saito et al. 2018,
// arXiv:1712.02560), and a copy of the network as the stage found it, as ADDA has it (Tzeng et al. 2017, arXiv:1702.05464).
import {
  sourceOnly,
  type AdaptationMethod,
  type AdaptationPlan,
  type DomainNetwork,
  type MethodDimensions,
  type TrainingStep,
} from '@plumbline/adaptation';
import { NormDense } from '@plumbline/norm';
import { tf } from '@plumbline/runtime';
import { stoppingStream } from '@plumbline/test-support';
import { classificationLoss, decodeSafetensors, Progress } from '@plumbline/training';
import * as tfl from '@tensorflow/tfjs-layers';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { tinyConfig, tinyTask } from '../testing/tiny-task.ts';
import { performRun } from './run.ts';

const plan: AdaptationPlan = {
  stages: [
    { method: sourceOnly(), steps: 3 },
    { method: madeUp, steps: 3 },
  ],
};
vi.mock('./plan.ts', () => ({ buildPlan: () => plan }));

/** What the trainer asked of the method, in order. */
let asked: string[] = [];
beforeEach(() => {
  asked = [];
});

const isSecond = (weight: string): boolean => weight.startsWith('second.');
const isClassifier = (weight: string): boolean => isSecond(weight) || weight.startsWith('classifier.');

function classifierOf(network: DomainNetwork): tf.Tensor2D {
  const kernel = network.parameters().find(({ name }) => name === 'classifier.fc/kernel');
  if (kernel === undefined) throw new Error('no classifier');
  return kernel.variable as tf.Tensor as tf.Tensor2D;
}

function madeUp({ featureCount, classCount }: MethodDimensions): AdaptationMethod {
  const kernelInitializer = tfl.initializers.glorotNormal({ seed: 5 });
  const layer = new NormDense({
    name: 'second.fc',
    units: classCount,
    kernelInitializer,
    inputShape: [featureCount],
  });
  const model = tfl.sequential({ layers: [layer] });
  const second = (features: tf.Tensor2D): tf.Tensor2D => model.apply(features) as tf.Tensor2D;
  const copy = tf.variable(tf.zeros<tf.Rank.R2>([featureCount, classCount]), false);
  const disagreement = ({ target }: TrainingStep): tf.Scalar =>
    tf.mean(tf.abs(tf.sub(tf.softmax(target.logits), tf.softmax(second(target.features)))));
  return {
    name: 'made up',
    domains: { source: true, target: true },
    heads: [{ name: 'second', model, learningRateScale: 2 }],
    onBegin: (network) => {
      asked.push('begin');
      copy.assign(classifierOf(network));
    },
    onStep: (step) => asked.push(`step ${step}`),
    trains: (weight) => !isSecond(weight),
    loss: ({ source, sourceBatch, target }) => {
      asked.push('main');
      const drift = tf.mean<tf.Scalar>(tf.square(tf.sub(target.logits, tf.matMul(target.features, copy))));
      const { loss: classification } = classificationLoss(source.logits, sourceBatch.labels);
      return { total: tf.add(classification, drift), terms: { classification, drift } };
    },
    furtherUpdates: [
      {
        name: 'classifiers',
        trains: isClassifier,
        loss: (step) => {
          asked.push('classifiers');
          const { labels } = step.sourceBatch;
          const fits = tf.add<tf.Scalar>(
            classificationLoss(step.source.logits, labels).loss,
            classificationLoss(second(step.source.features), labels).loss,
          );
          return { total: tf.sub(fits, disagreement(step)), terms: {} };
        },
      },
      {
        name: 'features',
        trains: (weight) => !isClassifier(weight),
        loss: (step) => {
          asked.push('features');
          return { total: disagreement(step), terms: {} };
        },
      },
    ],
    state: () => [{ name: 'copy', variable: copy, trainable: false }],
    dispose: () => {
      model.dispose();
      copy.dispose();
    },
  };
}

let root = '';
beforeAll(async () => {
  root = await tinyTask(8);
});
afterAll(() => rm(root, { recursive: true }));

async function perform(name: string, { stopAt = '', resume = false } = {}): Promise<unknown> {
  const { stream, signal } = stoppingStream((line) => stopAt !== '' && line.startsWith(stopAt));
  const config = tinyConfig(root, {
    method: { name: 'source-only' },
    train: { logEvery: 1 },
    evaluate: { validators: ['sourceAccuracy'], choose: 'sourceAccuracy' },
  });
  const progress = new Progress({ stream, interval: 0 });
  return performRun({ config, folder: join(root, name), resume, progress, signal });
}

async function checkpoint(name: string): Promise<Map<string, number[]>> {
  const path = join(root, name, 'checkpoints/last.safetensors');
  const { tensors } = decodeSafetensors(await readFile(path), path);
  return new Map([...tensors].map(([tensor, { data }]) => [tensor, [...data]]));
}

it('several updates a step and a copy of the network go through the trainer, and on to the same bits', async () => {
  await perform('whole');
  const step = (index: number): string[] => [`step ${index}`, 'main', 'classifiers', 'features'];
  expect(asked).toEqual(['begin', ...step(0), ...step(1), ...step(2)]);

  asked = [];
  expect(await perform('stopped', { stopAt: 'step 4/' })).toBeNull();
  await perform('stopped', { resume: true });
  expect(asked).toEqual(['begin', ...step(0), 'begin', ...step(1), ...step(2)]);
  const [whole, resumed] = [await checkpoint('whole'), await checkpoint('stopped')];
  expect(resumed).toEqual(whole);

  expect(whole.has('optimizer/second.fc/kernel/velocity')).toBe(true);
  expect(whole.get('state/copy')).toHaveLength(16);
  expect(whole.get('state/copy')).not.toEqual(whole.get('model/classifier.fc/kernel'));
});
