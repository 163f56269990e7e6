/** A convolution of TensorFlow's together with its two gradients, all three of which take the same attributes. */
import * as tf from '@tensorflow/tfjs-core';
import { convolutionAttributes, type ConvolutionWindow } from './conv-arguments.ts';
import type { AttributeSpec } from './native-backend.ts';
import { at, defineNativeKernel } from './native-kernel.ts';

export interface NativeConvolution {
  /** Of the kernel, unique in the process. */
  readonly name: string;
  /** TensorFlow's operations; the gradients are this name with `BackpropInput` and `BackpropFilter` after it. */
  readonly operation: string;
  /** Attributes that only this operation has. */
  readonly extra?: Readonly<Record<string, AttributeSpec>>;
}

/** Registers the convolution for the "tensorflow" backend and returns the function that runs it. */
export function defineNativeConvolution({
  name,
  operation,
  extra = {},
}: NativeConvolution): (x: tf.Tensor4D, kernel: tf.Tensor4D, window: ConvolutionWindow) => tf.Tensor4D {
  const run = defineNativeKernel<'x' | 'kernel', ConvolutionWindow>({
    name,
    savedInputs: ['x', 'kernel'],
    forward: (native, { x, kernel }, window) => [
      native.executeSingleOutput(operation, convolutionAttributes(native, window, extra), [x, kernel]),
    ],
    gradient: (native, dys, saved, window) => {
      const [dy, x, kernel] = [at(dys, 0), at(saved, 0), at(saved, 1)];
      const options = convolutionAttributes(native, window, extra);
      const shapeOf = (t: tf.Tensor): tf.Tensor1D => tf.tensor1d(t.shape, 'int32');
      return {
        x: () => native.executeSingleOutput(`${operation}BackpropInput`, options, [shapeOf(x), kernel, dy]),
        kernel: () =>
          native.executeSingleOutput(`${operation}BackpropFilter`, options, [x, shapeOf(kernel), dy]),
      };
    },
  });
  return (x, kernel, window) => at(run({ x, kernel }, window), 0) as tf.Tensor4D;
}
