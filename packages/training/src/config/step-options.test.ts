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
  });

  it('refuse bfloat16 without a graph', () => {
    const bf16 = { precision: 'bf16' } as const;
    expect(schema.safeParse({ train: bf16 }).success).toBe(true);
    const { error } = schema.safeParse({ train: { ...bf16, capture: 'never' } });
    expect(error?.issues).toMatchObject([
      {
        path: ['train', 'precision'],
        message: expect.stringMatching(/^must be float32 with train\.capture never/) as string,
      },
    ]);
  });
});
