import * as tfl from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { namedVariables } from './named-variables.ts';

const conv = (name: string): tfl.layers.Layer =>
  tfl.layers.conv2d({ name, filters: 3, kernelSize: 1, useBias: false });

it('walks nested models, and counts a shared layer once', () => {
  const inner = tfl.sequential({ layers: [tfl.layers.inputLayer({ inputShape: [4, 4, 3] }), conv('inner')] });
  const shared = conv('shared');
  const input = tfl.input({ shape: [4, 4, 3] });
  const output = shared.apply(inner.apply(shared.apply(input))) as tfl.SymbolicTensor;
  const variables = namedVariables(tfl.model({ inputs: input, outputs: output }));
  expect(variables.map(({ name }) => name)).toEqual(['shared/kernel', 'inner/kernel']);
});

it('tells moving statistics from trainable weights', () => {
  const norm = tfl.layers.batchNormalization({ name: 'norm' });
  const model = tfl.sequential({ layers: [tfl.layers.inputLayer({ inputShape: [2] }), norm] });
  expect(namedVariables(model).map(({ name, trainable }) => [name, trainable])).toEqual([
    ['norm/gamma', true],
    ['norm/beta', true],
    ['norm/moving_mean', false],
    ['norm/moving_variance', false],
  ]);
});

it('refuses two weights of one name', () => {
  const inner = tfl.sequential({ layers: [tfl.layers.inputLayer({ inputShape: [4, 4, 3] }), conv('same')] });
  const model = tfl.sequential({
    layers: [tfl.layers.inputLayer({ inputShape: [4, 4, 3] }), conv('same'), inner],
  });
  expect(() => namedVariables(model)).toThrow(/Two weights .* are called "same\/kernel"/);
});
