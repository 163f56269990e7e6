import * as tf from '@tensorflow/tfjs-core';
import { goldenSequence } from '@plumbline/test-support';
import { expect, it } from 'vitest';
import { clipByGlobalNorm } from './clip-gradients.ts';

const gradients = (): tf.NamedTensorMap => ({
  a: tf.tensor1d(goldenSequence(3, 3)),
  b: tf.tensor1d(goldenSequence(2, 9)),
});

it('scales all gradients together, as PyTorch 2.13 does', () => {
  const { gradients: clipped, norm } = clipByGlobalNorm(gradients(), 0.5);
  expect(norm.dataSync()[0]).toBeCloseTo(1.2320714265, 6);
  const golden = { a: [-0.2353757732, 0.0649312478, 0.3652382687], b: [-0.0730476537, 0.2272593672] };
  for (const [name, values] of Object.entries(golden))
    values.forEach((value, i) => expect(clipped[name]?.dataSync()[i]).toBeCloseTo(value, 6));
});

it('leaves short gradients as they are and disposes its input', () => {
  const given = gradients();
  const before = tf.memory().numTensors;
  const { gradients: same } = clipByGlobalNorm(given, 100);
  expect([...(same['a']?.dataSync() ?? [])]).toEqual([...Float32Array.from(goldenSequence(3, 3))]);
  expect(given['a']?.isDisposed).toBe(true);
  expect(tf.memory().numTensors).toBe(before + 1);
});
