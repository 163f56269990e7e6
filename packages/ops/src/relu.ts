/** Rectified linear unit, max(x, 0); the gradient at 0 is 0. */
import * as tf from '@tensorflow/tfjs-core';
import { requireFloat } from './checks.ts';
import { attributes, nativeBackend } from './native-backend.ts';
import { at, defineNativeKernel } from './native-kernel.ts';

// Keeps the output, not the input: the next convolution keeps it too, so the input's memory can go.
const nativeRelu = defineNativeKernel<'x', object>({
  name: 'PlumblineRelu',
  savedInputs: [],
  savedOutputs: [true],
  forward: (native, { x }) => [
    native.executeSingleOutput('Relu', attributes(native, { T: { type: 'float32' } }), [x]),
  ],
  gradient: (native, dys, saved) => ({
    x: () =>
      native.executeSingleOutput('ReluGrad', attributes(native, { T: { type: 'float32' } }), [
        at(dys, 0),
        at(saved, 0),
      ]),
  }),
});

/** max(x, 0) of a float32 tensor of any shape. */
export function relu<T extends tf.Tensor>(x: T): T {
  requireFloat('relu', 'x', x);
  return nativeBackend() === null ? tf.relu(x) : (at(nativeRelu({ x }, {}), 0) as T);
}
