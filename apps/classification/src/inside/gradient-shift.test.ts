import { NormConv2D } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { probeGradients } from './gradient-probe.ts';
import { gradientShift, type GradientShift } from './gradient-shift.ts';
import { tensorsLeftBy, tinyBatch, tinyNetwork } from './tiny-network.test.fixture.ts';

afterEach(() => {
  tf.disposeVariables();
});

async function shiftsOf(recipe: string): Promise<GradientShift[]> {
  const model = tinyNetwork(recipe);
  const probed = probeGradients(model, [tinyBatch(4, 1)]);
  return gradientShift(model, probed);
}

describe('the shift of the average gradient', () => {
  it('is |mean| over root mean square, and |mean| over deviation of the weights, by hand', async () => {
    const image = tfl.input({ shape: [1, 1, 2] });
    const convolution = new NormConv2D({ name: 'conv', filters: 3, kernelSize: 1, useBias: false });
    const model = tfl.model({ inputs: image, outputs: convolution.apply(image) as tfl.SymbolicTensor });
    // Filters in columns: (1, 3), (2, −2), (5, 5); the last one does not vary, and does not count.
    convolution.setWeights([tf.tensor4d([1, 2, 5, 3, -2, 5], [1, 1, 2, 3])]);
    const kernel = convolution.weights[0]?.read() as tf.Variable;
    // Gradients (3, 1), (1, 1), (0, 0): 2/√5, 1, and one that does not count.
    const byVariable = { [kernel.name]: tf.tensor4d([3, 1, 0, 1, 1, 0], [1, 1, 2, 3]) };
    const [shift] = await gradientShift(model, { byVariable });
    expect(shift?.gradient).toBeCloseTo((2 / Math.sqrt(5) + 1) / 2, 6);
    expect(shift?.weights).toBeCloseTo((2 / 1 + 0 / 2) / 2, 6);
  });

  it.each(['wa', 'wa+gn', 'ws+gn', 'pws', 'mabn'])(
    'is zero with %s, which centres filters',
    async (recipe) => {
      for (const { gradient, weights } of await shiftsOf(recipe)) {
        expect(gradient).toBeLessThan(1e-5);
        expect(weights).toBeLessThan(1e-5);
      }
    },
  );

  it.each(['bn', 'gn', 'bkn', 'none'])('is there with %s', async (recipe) => {
    const shifts = await shiftsOf(recipe);
    expect(shifts.map(({ layer }) => layer)).toEqual(['conv1', 'conv2']);
    for (const { gradient, weights } of shifts) {
      expect(gradient).toBeGreaterThan(0.05);
      expect(gradient).toBeLessThan(1);
      expect(weights).toBeGreaterThan(0.02);
    }
  });

  it('leaves no tensors', async () => {
    const model = tinyNetwork('wa');
    const probed = probeGradients(model, [tinyBatch(2, 1)]);
    expect(await tensorsLeftBy(() => gradientShift(model, probed))).toBe(0);
  });
});
