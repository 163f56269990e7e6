import { classificationLoss } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { AdaptationMethod, MethodDimensions, RefreshContext, Stage, TrainingStep } from '../method.ts';
import { goldenTensor } from '../testing/golden-domains.ts';
import { madeStep } from '../testing/made-step.ts';
import { tinyBatches, tinyNetwork } from '../testing/tiny-network.ts';
import { dsbn, type DsbnOptions } from './dsbn.ts';
import { mcc } from './mcc.ts';
import { targetAnswers } from './target-answers.ts';
import { transNorm } from './trans-norm.ts';

const dimensions: MethodDimensions = {
  featureCount: 2,
  classCount: 3,
  targetCount: 7,
  totalSteps: 100,
  seed: 1,
};

const value = (compute: () => tf.Tensor): number => tf.tidy(() => compute().dataSync()[0] ?? NaN);

const secondStage = (options: DsbnOptions = {}): AdaptationMethod =>
  (dsbn(options, { steps: 10 }).stages[1] as Stage).method(dimensions);

const INDICES = [6, 2, 5, 0, 1];
const stepOf = (logitsTarget = goldenTensor('logitsTarget', 5)): TrainingStep =>
  madeStep({
    source: { features: goldenTensor('featuresSource', 3), logits: goldenTensor('logitsSource', 3) },
    target: { features: goldenTensor('featuresTarget', 5), logits: logitsTarget },
    targetIndices: INDICES,
  });

const crossEntropy = (logits: tf.Tensor2D, labels: readonly number[]): number =>
  value(() => classificationLoss(logits, tf.tensor1d([...labels], 'int32')).loss);

describe('DSBN’s plan', () => {
  it('is DANN first, or what it is given, and then self-training', () => {
    const namesOf = (options: DsbnOptions): string[] =>
      dsbn(options, { steps: 10 }).stages.map(({ method, steps }) => {
        const made = method(dimensions);
        made.dispose();
        return `${made.name} ${steps}`;
      });
    expect(namesOf({})).toEqual(['DANN 5', 'DSBN self-training 5']);
    expect(namesOf({ training: mcc(), firstShare: 0.3 })).toEqual(['MCC 3', 'DSBN self-training 7']);
    expect(() => dsbn({ weight: -1 }, { steps: 10 })).toThrow('DSBN got weight -1: use a number from 0.');
  });

  it('needs domain-specific batch normalization, as TransNorm’s needs TransNorm', () => {
    const answers = (recipe: string): (string | null)[] => {
      const { model } = tinyNetwork({ recipe, batching: 'split' });
      const plans = [dsbn({}, { steps: 2 }), transNorm({}, { steps: 2 })];
      const sentences = plans.map(({ unsuited }) => unsuited?.(model) ?? null);
      model.dispose();
      return sentences;
    };
    expect(answers('dsbn')).toEqual([null, expect.stringMatching(/use a recipe with tn\.$/)]);
    expect(answers('wa+tn')).toEqual([expect.stringMatching(/use a recipe with dsbn\.$/), null]);
    expect(answers('bn').every((sentence) => sentence !== null)).toBe(true);
  });
});

describe('DSBN’s self-training', () => {
  it('is taught by the first stage’s network, and more and more by itself', async () => {
    const network = tinyNetwork({ recipe: 'dsbn' });
    const context: RefreshContext = { network, targetBatches: () => tinyBatches([4, 3], 1), targetCount: 7 };
    const { logits: first } = await targetAnswers(context);
    const method = secondStage({ weight: 2 });
    expect(method.refresh?.everyEpochs).toBe(Infinity);
    await method.refresh?.run(context);
    const step = stepOf();
    const own = tf.tidy(() => tf.softmax(step.target.logits).arraySync());
    const teacher = tf.tidy(() => tf.softmax(tf.tensor2d(first.data, [7, 3])).arraySync());
    const labels = (share: number): number[] =>
      INDICES.map((place, i) => {
        const mixed = [0, 1, 2].map(
          (k) => (1 - share) * (teacher[place]?.[k] ?? NaN) + share * (own[i]?.[k] ?? NaN),
        );
        return mixed.indexOf(Math.max(...mixed));
      });
    expect(labels(0)).not.toEqual(labels(1));
    const source = crossEntropy(step.source.logits, [0, 1, 2]);
    for (const at of [0, 20, 100]) {
      method.onStep?.(at);
      const share = 2 / (1 + Math.exp(-at / 10)) - 1;
      const { total, terms } = method.loss(step);
      expect(value(() => terms['ownShare'] as tf.Scalar)).toBeCloseTo(share, 6);
      const wanted = crossEntropy(step.target.logits, labels(share));
      expect(value(() => terms['pseudoLabels'] as tf.Scalar)).toBeCloseTo(wanted, 5);
      expect(value(() => total)).toBeCloseTo(source + 2 * wanted, 5);
    }
    method.dispose();
    network.model.dispose();
  });

  it('sends no gradient through its labels', async () => {
    const network = tinyNetwork({ recipe: 'dsbn' });
    const method = secondStage();
    await method.refresh?.run({ network, targetBatches: () => tinyBatches([7], 1), targetCount: 7 });
    method.onStep?.(50);
    const logits = goldenTensor('logitsTarget', 5);
    const gradient = tf.grad((x) => method.loss(stepOf(x as tf.Tensor2D)).total)(logits);
    // That of a cross-entropy with fixed labels: (p − y) / n, whose rows sum to 0.
    const sums = tf.tidy(() => Array.from(tf.sum(gradient, 1).dataSync()));
    sums.forEach((sum) => {
      expect(sum).toBeCloseTo(0, 6);
    });
    expect(value(() => tf.max(tf.abs(gradient)))).toBeGreaterThan(0.05);
    method.dispose();
    network.model.dispose();
  });

  it('remembers its teacher, and leaves nothing else behind', async () => {
    const network = tinyNetwork({ recipe: 'dsbn' });
    const before = tf.memory().numTensors;
    const method = secondStage();
    await method.refresh?.run({ network, targetBatches: () => tinyBatches([4, 3], 1), targetCount: 7 });
    method.onStep?.(3);
    value(() => method.loss(stepOf()).total);
    const [remembered] = method.state?.() ?? [];
    expect(remembered?.name).toBe('dsbn/firstStageProbabilities');
    const other = secondStage();
    other.onStep?.(3);
    tf.tidy(() => {
      other.state?.()[0]?.variable.assign(tf.clone(remembered?.variable as tf.Tensor));
      const step = stepOf();
      expect(other.loss(step).total.dataSync()).toEqual(method.loss(step).total.dataSync());
    });
    method.dispose();
    other.dispose();
    expect(tf.memory().numTensors).toBe(before);
    network.model.dispose();
  });
});

describe('TransNorm’s plan', () => {
  it('is one stage of DANN, or of what it is given', () => {
    const namesOf = (plan: ReturnType<typeof transNorm>): string[] =>
      plan.stages.map(({ method, steps }) => {
        const made = method(dimensions);
        made.dispose();
        return `${made.name} ${steps}`;
      });
    expect(namesOf(transNorm({}, { steps: 8 }))).toEqual(['DANN 8']);
    expect(namesOf(transNorm({ training: mcc() }, { steps: 8 }))).toEqual(['MCC 8']);
  });
});
