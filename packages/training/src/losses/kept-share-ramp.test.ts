import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { KeptShareRamp } from './kept-share-ramp.ts';

const shareOf = (ramp: KeptShareRamp): number => tf.tidy(() => ramp.share().dataSync()[0] ?? NaN);

it('goes from all pixels to the share along a line, and stays there', () => {
  const ramp = new KeptShareRamp({ keptShare: 0.2, rampSteps: 4 });
  const shares = Array.from({ length: 6 }, () => {
    const share = shareOf(ramp);
    ramp.advance();
    return share;
  });
  [1, 0.8, 0.6, 0.4, 0.2, 0.2].forEach((share, t) => expect(shares[t]).toBeCloseTo(share, 6));
});

it('begins at the share without a ramp', () => {
  expect(shareOf(new KeptShareRamp({ keptShare: 0.25, rampSteps: 0 }))).toBeCloseTo(0.25, 6);
});

it('goes on where its state stands, and leaves nothing behind', () => {
  const before = tf.memory().numTensors;
  const one = new KeptShareRamp({ keptShare: 0.5, rampSteps: 10 });
  const other = new KeptShareRamp({ keptShare: 0.5, rampSteps: 10 });
  for (let i = 0; i < 3; i++) one.advance();
  const [from, to] = [one.state()[0], other.state()[0]];
  if (from === undefined || to === undefined) throw new Error('a ramp has a counter');
  expect([from.name, from.trainable, from.variable.dtype]).toEqual(['keptShare/step', false, 'int32']);
  to.variable.assign(from.variable);
  expect(shareOf(other)).toBe(shareOf(one));
  expect(shareOf(other)).toBeCloseTo(0.85, 6);
  one.dispose();
  other.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('refuses impossible ramps', () => {
  expect(() => new KeptShareRamp({ keptShare: 0, rampSteps: 3 })).toThrow('keptShare must be above 0');
  expect(() => new KeptShareRamp({ keptShare: 0.5, rampSteps: 1.5 })).toThrow(
    'rampSteps must be a whole number',
  );
});
