import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DomainNetwork } from '../domain-network.ts';
import { informationMaximization } from '../losses/softmax-entropy.ts';
import type { AdaptationMethod, MethodDimensions, RefreshContext, Stage } from '../method.ts';
import { goldenTensor } from '../testing/golden-domains.ts';
import { madeStep } from '../testing/made-step.ts';
import { tinyBatches, tinyNetwork, weightValues } from '../testing/tiny-network.ts';
import { centroidPseudoLabels } from './centroid-pseudo-labels.ts';
import { shot, type ShotOptions } from './shot.ts';
import { targetAnswers } from './target-answers.ts';

const TARGETS = 7;
const dimensions: MethodDimensions = {
  featureCount: 2,
  classCount: 3,
  targetCount: TARGETS,
  totalSteps: 5,
  seed: 1,
};

const value = (compute: () => tf.Tensor): number => tf.tidy(() => compute().dataSync()[0] ?? NaN);

const secondStage = (options: ShotOptions = {}): AdaptationMethod =>
  (shot(options, { steps: 10 }).stages[1] as Stage).method(dimensions);

/** A target step of golden logits for these places of the target. */
const stepOf = (indices: number[]) => {
  const features = goldenTensor('featuresTarget', indices.length);
  const logits = goldenTensor('logitsTarget', indices.length);
  return madeStep({ target: { features, logits }, targetIndices: indices });
};

let network: DomainNetwork;
let context: RefreshContext;
beforeEach(() => {
  network = tinyNetwork();
  context = { network, targetBatches: () => tinyBatches([4, 3], 1), targetCount: TARGETS };
});
afterEach(() => {
  network.model.dispose();
});

describe('SHOT’s plan', () => {
  it('trains on the source with smoothed labels, then on the target alone', () => {
    const [first, second] = shot({}, { steps: 10 }).stages.map(({ method, steps }) => ({
      made: method(dimensions),
      steps,
    }));
    expect([first?.steps, second?.steps]).toEqual([5, 5]);
    expect(first?.made.domains).toEqual({ source: true, target: false });
    expect(second?.made.domains).toEqual({ source: false, target: true });
    const logits = goldenTensor('logitsSource', 3);
    const loss = value(
      () => first?.made.loss(madeStep({ source: { features: logits, logits } })).total as tf.Scalar,
    );
    // Cross-entropy with the targets .9 + .1/3 and .1/3.
    const wanted = value(() => {
      const targets = tf.add(tf.mul(tf.eye(3), 0.9), 0.1 / 3);
      return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)));
    });
    expect(loss).toBeCloseTo(wanted, 5);
    second?.made.dispose();
  });

  it('freezes the classifier in the second stage, and no other weight', () => {
    const method = secondStage();
    const frozen = network
      .parameters()
      .filter(({ name }) => method.trains?.(name) === false)
      .map(({ name }) => name);
    expect(frozen).toEqual(['classifier.fc/kernel', 'classifier.fc/bias']);
    expect(method.trains?.('classifierless/kernel')).toBe(true);
    method.dispose();
    expect(secondStage({ frozen: () => true, pseudoLabels: false }).trains?.('backbone.conv/kernel')).toBe(
      false,
    );
  });

  it('says before training that it leaves the source for good', () => {
    const { unsuited } = shot({}, { steps: 2 });
    const answers = ['bn', 'wa', 'gn', 'tn', 'dsbn'].map((recipe) => {
      const { model } = tinyNetwork({ recipe, batching: 'split' });
      const sentence = unsuited?.(model) ?? null;
      model.dispose();
      return sentence;
    });
    expect(answers.slice(0, 3)).toEqual([null, null, null]);
    expect(answers[3]).toMatch(/"backbone.norm" is a TransNorm, .* use a method that sees both/);
    expect(answers[4]).toMatch(/"backbone.norm" normalizes the target by a branch of its own/);
  });

  it('refuses a weight below 0', () => {
    expect(() => shot({ pseudoLabelWeight: -1 }, { steps: 2 })).toThrow('SHOT got pseudoLabelWeight -1');
  });
});

describe('SHOT’s second stage', () => {
  it('learns the pseudo-labels of the batch’s images beside information maximization', async () => {
    const method = secondStage();
    await method.refresh?.run(context);
    const labels = centroidPseudoLabels(await targetAnswers(context));
    const step = stepOf([6, 2, 5]);
    const { total, terms } = method.loss(step);
    const wanted = value(() => {
      const chosen = tf.oneHot(
        tf.tensor1d(
          [6, 2, 5].map((i) => labels[i] ?? 9),
          'int32',
        ),
        3,
      );
      return tf.neg(tf.mean(tf.sum(tf.mul(chosen, tf.logSoftmax(step.target.logits)), 1)));
    });
    expect(value(() => terms['pseudoLabels'] as tf.Scalar)).toBeCloseTo(wanted, 5);
    const maximized = value(() => informationMaximization(step.target.logits).loss);
    expect(value(() => total)).toBeCloseTo(maximized + 0.3 * wanted, 5);
    method.dispose();
  });

  it('is SHOT-IM without them, with nothing to refresh or remember', () => {
    const method = secondStage({ pseudoLabels: false });
    expect([method.name, method.refresh, method.state]).toEqual(['SHOT-IM', undefined, undefined]);
    const step = stepOf([0, 1, 2, 3]);
    const { loss } = informationMaximization(step.target.logits);
    expect(value(() => method.loss(step).total)).toBe(value(() => loss));
  });

  it('has no finite loss before there are labels', () => {
    const method = secondStage();
    const attempt = (): number => value(() => method.loss(stepOf([0, 1])).total);
    let loss: number;
    try {
      loss = attempt();
    } catch {
      loss = NaN;
    }
    expect(loss).toBeNaN();
    method.dispose();
  });

  it('is made anew after every pass, and what it remembers goes through its state', async () => {
    const method = secondStage();
    expect(method.refresh?.everyEpochs).toBe(1);
    await method.refresh?.run(context);
    const [remembered] = method.state?.() ?? [];
    expect(remembered?.name).toBe('shot/pseudoLabels');
    expect(remembered?.variable.dtype).toBe('int32');
    const other = secondStage();
    other.state?.()[0]?.variable.assign(tf.clone(remembered?.variable as tf.Tensor));
    const step = stepOf([1, 4, 6]);
    expect(value(() => other.loss(step).total)).toBe(value(() => method.loss(step).total));
    method.dispose();
    other.dispose();
  });

  it('sends its gradient into the logits alone', async () => {
    const method = secondStage();
    await method.refresh?.run(context);
    const gradient = tf.grad((logits) => {
      const target = { features: goldenTensor('featuresTarget', 3), logits: logits as tf.Tensor2D };
      return method.loss(madeStep({ target })).total;
    })(goldenTensor('logitsTarget', 3));
    expect(value(() => tf.max(tf.abs(gradient)))).toBeGreaterThan(1e-4);
    method.dispose();
  });

  it('leaves the network as it was and nothing behind', async () => {
    const method = secondStage();
    await method.refresh?.run(context);
    const before = { weights: weightValues(network), tensors: tf.memory().numTensors };
    await method.refresh?.run(context);
    value(() => method.loss(stepOf([0, 3])).total);
    expect(weightValues(network)).toEqual(before.weights);
    expect(tf.memory().numTensors).toBe(before.tensors);
    method.dispose();
    expect(tf.memory().numTensors).toBe(before.tensors - 1);
  });
});

describe('targetAnswers', () => {
  it('orders the images by their places', async () => {
    const { features, logits } = await targetAnswers(context);
    expect([features.rows, features.columns, logits.rows, logits.columns]).toEqual([7, 2, 7, 3]);
    const reversed = await targetAnswers({
      ...context,
      targetBatches: async function* () {
        for await (const { images, indices } of tinyBatches([7], 1)) {
          const backward = tf.reverse(indices, 0);
          const batch = { images: tf.reverse(images, 0), indices: backward };
          yield batch;
          tf.dispose([batch.images, batch.indices]);
        }
      },
    });
    reversed.logits.data.forEach((logit, i) => {
      expect(logit).toBeCloseTo(logits.data[i] ?? NaN, 5);
    });
  });

  it('refuses a pass that is not over the whole target', async () => {
    await expect(targetAnswers({ ...context, targetCount: 9 })).rejects.toThrow(
      'A pass over the target gave 7 of its 9 images.',
    );
    await expect(targetAnswers({ ...context, targetCount: 6 })).rejects.toThrow(
      'A target image has place 6, and the target has 6 images.',
    );
  });
});
