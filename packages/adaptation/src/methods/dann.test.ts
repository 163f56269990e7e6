import { describe, expect, it } from 'vitest';
import { DIMENSIONS, networkAnswers, stepResult } from '../testing/adversarial-steps.ts';
import { dann } from './dann.ts';

const discriminator = { hiddenWidth: 6, dropout: 0 };

describe('dann', () => {
  it('has tllib’s widths and schedule without options', () => {
    const method = dann()(DIMENSIONS);
    const [head] = method.heads;
    // 3 → 1024 → 1024 → 1, and one count in each of the two dropouts.
    expect(head?.model.countParams()).toBe(4 * 1024 + 1025 * 1024 + 1025 + 2);
    method.onStep?.(1000);
    const { terms } = stepResult(method, networkAnswers());
    expect(terms['reversalStrength']).toBeCloseTo(0.462117, 6);
    method.dispose();
  });

  it('weighs the domain loss and smooths labels', () => {
    const totals = [{}, { weight: 0.25 }, { weight: 0 }, { weight: 0, labelSmoothing: 0.2 }].map(
      (options) => {
        const method = dann({ discriminator, ...options })(DIMENSIONS);
        const { total, terms } = stepResult(method, networkAnswers());
        method.dispose();
        return { total, classification: terms['classification'] ?? NaN, domain: terms['domain'] ?? NaN };
      },
    );
    const [plain, quarter, none, smoothed] = totals as [Total, Total, Total, Total];
    expect(plain.total).toBeCloseTo(plain.classification + plain.domain, 5);
    expect(quarter.total).toBeCloseTo(plain.classification + 0.25 * plain.domain, 5);
    expect(none.total).toBeCloseTo(plain.classification, 6);
    expect(Math.abs(smoothed.classification - plain.classification)).toBeGreaterThan(1e-3);
  });

  it('logs how often its discriminator is right', () => {
    const method = dann({ discriminator })(DIMENSIONS);
    const accuracy = stepResult(method, networkAnswers()).terms['discriminatorAccuracy'] ?? NaN;
    // Shares of 3 and of 5 images.
    expect((accuracy * 30) % 1).toBeCloseTo(0, 4);
    method.dispose();
  });

  it('refuses options out of their range when it is configured, before any training', () => {
    expect(() => dann({ weight: -1 })).toThrow('DANN got weight -1: use a number from 0.');
    expect(() => dann({ reversal: { steps: -5 } })).toThrow('reversal.steps must be a number above 0');
  });
});

interface Total {
  total: number;
  classification: number;
  domain: number;
}
