import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { captures, checkStepOptions, stepOptions } from './step-options.ts';

const schema = z
  .strictObject({ train: z.strictObject(stepOptions).prefault({}) })
  .superRefine(({ train }, context) => checkStepOptions(train, context));

describe('step options', () => {
  it('make a graph of a run that is long enough, or of none, or of every one', () => {
    const { train } = schema.parse({});
    expect([49, 50].map((steps) => captures(train, steps))).toEqual([false, true]);
    expect(captures({ ...train, capture: 'always' }, 1)).toBe(true);
    expect(captures({ ...train, capture: 'never' }, 1e6)).toBe(false);
    // Nothing else has that precision.
    expect(captures({ ...train, precision: 'bf16' }, 1)).toBe(true);
    expect(captures({ ...train, recompute: true }, 1)).toBe(true);
  });

  it.each([
    ['precision', 'bf16', /^must be float32 with train\.capture never/],
    ['recompute', true, /^must be false with train\.capture never/],
  ])('refuse %s %s without a graph', (option, value, message) => {
    const train = { [option]: value };
    expect(schema.safeParse({ train }).success).toBe(true);
    const { error } = schema.safeParse({ train: { ...train, capture: 'never' } });
    expect(error?.issues).toMatchObject([
      { path: ['train', option], message: expect.stringMatching(message) as string },
    ]);
  });
});
