import { describe, expect, it } from 'vitest';
import { madeAnswers, madeMatrix } from '../testing/made-answers.ts';
import { proxyADistance } from './a-distance.ts';
import { seededRandom } from './seeded-random.ts';

/** One feature, uniform over [0, 1] and over [shift, 1 + shift]: the best threshold is wrong on a share (1 − shift) / 2. */
function overlapping(shift: number): {
  source: ReturnType<typeof madeMatrix>;
  target: ReturnType<typeof madeMatrix>;
} {
  const random = seededRandom(1);
  return {
    source: madeMatrix(1500, 1, () => random()),
    target: madeMatrix(900, 1, () => random() + shift),
  };
}

describe('the proxy A-distance', () => {
  it('is 2 (1 − 2 ε) of an error that is known', () => {
    const { distance, error, heldOut, isSaturated } = proxyADistance(overlapping(0.6), 1);
    // 300 and 180 held-out images: standard deviation about 0.018.
    expect(Math.abs(error - 0.2)).toBeLessThan(0.06);
    expect(distance).toBeCloseTo(2 - 4 * error, 12);
    expect([heldOut, isSaturated]).toEqual([480, false]);
  });

  it('is about 0 between images of one domain, and never negative', () => {
    const random = seededRandom(7);
    const noise = (): ReturnType<typeof madeMatrix> => madeMatrix(200, 30, () => random());
    for (const seed of [1, 2, 3, 4]) {
      const { distance, error } = proxyADistance({ source: noise(), target: noise() }, seed);
      expect(distance).toBeGreaterThanOrEqual(0);
      expect(distance).toBeCloseTo(Math.max(0, 2 - 4 * error), 12);
      expect(error).toBeGreaterThan(0.35);
    }
  });

  it('says when it has come to its end', () => {
    const features = {
      source: madeAnswers(60).features,
      target: madeAnswers(45, { shift: 9, seed: 2 }).features,
    };
    expect(proxyADistance(features, 1)).toEqual({ distance: 2, error: 0, heldOut: 21, isSaturated: true });
  });

  it('counts features that are all alike as a guess', () => {
    const same = madeMatrix(20, 2, () => 3);
    expect(proxyADistance({ source: same, target: same }, 1)).toMatchObject({ distance: 0, error: 0.5 });
  });

  it('does not take a network that has diverged for one that tells the domains apart', () => {
    const [same, spoilt] = [madeMatrix(20, 2, () => 3), madeMatrix(20, 2, (i) => (i === 4 ? NaN : 1))];
    expect(() => proxyADistance({ source: same, target: spoilt }, 1)).toThrow(
      'The target features of image 4 are not finite: the network has diverged; start again with a lower learning rate.',
    );
  });
});
