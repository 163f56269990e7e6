import util from 'node:util';
import { expect, it } from 'vitest';
import { restoreNodeUtil } from './node-util.ts';

it('gives the functions that tfjs-node calls', () => {
  restoreNodeUtil();
  const { isArray, isNullOrUndefined } = util as unknown as Record<string, (value: unknown) => boolean>;
  expect([null, undefined, 0, ''].map((value) => isNullOrUndefined?.(value))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([[], {}].map((value) => isArray?.(value))).toEqual([true, false]);
});
