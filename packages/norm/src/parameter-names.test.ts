import { expect, it } from 'vitest';
import { isNormParameter } from './parameter-names.ts';

it.each([
  ['layer1.0.bn1/gamma', true],
  ['layer1.0.bn1/beta_3', true],
  ['classifier/bias', true],
  ['bn/movingVariance_12', true],
  ['gamma', true],
  ['layer1.0.conv1/kernel', false],
  ['gamma/kernel_1', false],
  ['conv/bias_kernel', false],
])('isNormParameter("%s") is %s', (name, wanted) => {
  expect(isNormParameter(name)).toBe(wanted);
});
