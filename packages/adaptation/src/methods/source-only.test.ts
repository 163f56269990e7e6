import { classificationLoss } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { DIMENSIONS, networkAnswers } from '../testing/adversarial-steps.ts';
import { madeStep } from '../testing/made-step.ts';
import { sourceOnly } from './source-only.ts';

describe('sourceOnly', () => {
  it.each([0, 0.1])(
    'is the classification loss of the source alone, with label smoothing %d',
    (smoothing) => {
      const method = sourceOnly({ labelSmoothing: smoothing })(DIMENSIONS);
      const { featuresSource, logitsSource } = networkAnswers();
      tf.tidy(() => {
        // A step without a target throws when it is asked for one.
        const step = madeStep({
          source: { features: featuresSource, logits: logitsSource },
          sourceLabels: [2, 0, 1],
        });
        const { total, terms } = method.loss(step);
        const expected = classificationLoss(logitsSource, tf.tensor1d([2, 0, 1], 'int32'), {
          labelSmoothing: smoothing,
        }).loss;
        expect(total.dataSync()).toEqual(expected.dataSync());
        expect(Object.keys(terms)).toEqual(['classification']);
      });
      expect(method.domains).toEqual({ source: true, target: false });
      expect(method.heads).toEqual([]);
      method.dispose();
    },
  );
});
