/** What the tests of this package share: running one function on several backends, and counting tensors. */
import * as tf from '@tensorflow/tfjs-core';
import { comparableBackends, goldenSequence, withBackend } from '@plumbline/test-support';
import type { WindowOptions } from './conv-arguments.ts';

export type TensorFunction = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Whether TensorFlow's engine is prepared; without it there is nothing native to compare. */
export const hasNative = comparableBackends().includes('tensorflow');

/** A float32 tensor of the golden sequence, from element `start`. */
export function golden(shape: number[], start = 0): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(Float32Array.from(goldenSequence(size, start)), shape);
}

/** Registers the "wasm" backend and tells it where its binaries are. */
export async function prepareWasm(): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const manifest = new URL(import.meta.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  setWasmPaths(decodeURIComponent(new URL('./dist/', manifest).pathname));
}

/** The value of `f` and its gradients for every input, run on `backend`; inputs and results are plain arrays. */
export function valueAndGradients(
  backend: string,
  f: TensorFunction,
  inputs: readonly tf.Tensor[],
): Promise<Float32Array[]> {
  const data = inputs.map((t) => Float32Array.from(t.dataSync()));
  const shapes = inputs.map((t) => t.shape);
  return withBackend(backend, () =>
    tf.tidy(() => {
      const loss = (...xs: tf.Tensor[]): tf.Scalar => {
        const y = f(...xs);
        return tf.sum(tf.mul(y, tf.reshape(tf.cos(tf.range(0, y.size)), y.shape)));
      };
      const here = data.map((values, i) => tf.tensor(values, shapes[i]));
      const value = f(...here);
      const gradients = tf.grads(loss as (...xs: tf.Tensor[]) => tf.Tensor)(here);
      return [value, ...gradients].map((t) => Float32Array.from(t.dataSync()));
    }),
  );
}

/** Every kind of window a convolution is tested with. */
export const convolutionCases: WindowOptions[] = [
  {},
  { dilation: 2 },
  { dilation: 3, padding: 3 },
  { dilation: 2, padding: 'valid' },
  { dilation: 2, padding: [1, 2] },
  { dilation: 4, padding: 1 },
  { strides: 2 },
  { strides: 2, padding: 1 },
  { strides: 3, padding: 'valid' },
];

/** The largest difference between two backends in the value of `f` or in any gradient; NaN if one is no number. */
export async function disagreement(
  f: TensorFunction,
  inputs: readonly tf.Tensor[],
  [first, second]: readonly [string, string] = ['tensorflow', 'cpu'],
): Promise<number> {
  const a = await valueAndGradients(first, f, inputs);
  const b = await valueAndGradients(second, f, inputs);
  return Math.max(
    ...a.flatMap((values, k) => Array.from(values, (value, i) => Math.abs(value - (b[k]?.[i] ?? NaN)))),
  );
}

/** How many tensors and buffers 100 training-like steps of `f` leave behind. */
export function leftBehind(
  f: TensorFunction,
  inputs: readonly tf.Tensor[],
): [tensors: number, buffers: number] {
  const step = (): void => {
    const { value, grads } = tf.valueAndGrads(((...xs: tf.Tensor[]) => tf.sum(f(...xs))) as never)(
      inputs as tf.Tensor[],
    );
    tf.dispose([value, ...grads]);
  };
  step();
  const before = tf.memory();
  for (let i = 0; i < 100; i++) step();
  const after = tf.memory();
  return [after.numTensors - before.numTensors, after.numDataBuffers - before.numDataBuffers];
}
