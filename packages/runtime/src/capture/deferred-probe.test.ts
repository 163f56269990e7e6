import { conv2d } from '@plumbline/ops';
import { goldenSequence } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { graphBackend, hasGraphs, valuesOf, withBinding } from './capture.test.support.ts';
import { deferComputation } from './deferred-work.ts';
import type { SessionBinding } from './session-backend.ts';

// In a file of its own: what TensorFlow can do is asked once, with the first dilated convolution.
it.runIf(hasGraphs)('finds out also while it is deferred that TensorFlow has no dilated gradients', () => {
  const x = tf.tensor4d(goldenSequence(49), [1, 7, 7, 1]);
  const kernel = tf.tensor4d(goldenSequence(9, 2), [3, 3, 1, 1]);
  const gradient = (): tf.Tensor =>
    tf.tidy(() => tf.grad((k) => tf.sum(conv2d(x, k as tf.Tensor4D, { dilation: 2 })))(kernel));
  const refuseDilated = (binding: SessionBinding): Partial<SessionBinding> => ({
    executeOp: (name, attributes, ...others) => {
      const dilations = attributes.find((attribute) => attribute.name === 'dilations')?.value;
      if (name === 'Conv2DBackpropFilter' && Array.isArray(dilations) && dilations.includes(2))
        throw new Error('There is no such kernel.');
      return binding.executeOp(name, attributes, ...others);
    },
  });
  withBinding(refuseDilated, () => {
    deferComputation(graphBackend(), () => {
      gradient().dispose();
    });
    expect(valuesOf(gradient()).flat()).toHaveLength(9);
  });
});
