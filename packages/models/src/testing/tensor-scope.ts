import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect } from 'vitest';

/** Frees the tensors and models of every test of a file, and fails one after which tensors are left. */
export function freeTensorsAfterEach(): void {
  let before = 0;
  beforeEach(() => {
    tf.engine().startScope();
    before = tf.memory().numTensors;
  });
  afterEach(() => {
    tf.engine().endScope();
    tf.disposeVariables();
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before);
  });
}
