/**
 * Differentiable operations made of TensorFlow ones, through TensorFlow.js's extension points.
 *
 * A registered kernel, unlike `tf.customGrad`, may return several tensors, and computes only the gradients that are
 * asked for: the first convolution of a network never pays for the gradient of its image.
 */
import * as tf from '@tensorflow/tfjs-core';
import { nativeBackend, type NativeBackend } from './native-backend.ts';

export interface NativeKernel<Input extends string, Attributes> {
  /** Unique in the process; by convention begins with "Plumbline". */
  readonly name: string;
  /** Runs under `tf.tidy`: only what it returns survives. */
  forward(
    native: NativeBackend,
    inputs: Readonly<Record<Input, tf.Tensor>>,
    attributes: Attributes,
  ): tf.Tensor[];
  readonly savedInputs: readonly Input[];
  /** Which outputs the gradient needs, by position. Default: none. */
  readonly savedOutputs?: readonly boolean[];
  /**
   * The gradient of each input, each under its own `tf.tidy` and only if wanted. `saved` holds the saved inputs, then
   * the saved outputs. Tensors made before returning the thunks live until the whole backward pass ends.
   */
  gradient(
    native: NativeBackend,
    outputGradients: readonly tf.Tensor[],
    saved: readonly tf.Tensor[],
    attributes: Attributes,
  ): Record<Input, () => tf.Tensor>;
}

/** Registers `kernel` for the "tensorflow" backend and returns the function that runs it. */
export function defineNativeKernel<Input extends string, Attributes extends object>(
  kernel: NativeKernel<Input, Attributes>,
): (inputs: Record<Input, tf.Tensor>, attributes: Attributes) => tf.Tensor[] {
  type KernelInputs = Readonly<Record<Input, tf.Tensor>>;
  tf.registerKernel({
    kernelName: kernel.name,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs, backend }) =>
      tf.tidy(() =>
        kernel.forward(
          backend as NativeBackend,
          inputs as unknown as KernelInputs,
          attrs as unknown as Attributes,
        ),
      ),
  });
  tf.registerGradient({
    kernelName: kernel.name,
    inputsToSave: [...kernel.savedInputs],
    outputsToSave: [...(kernel.savedOutputs ?? [])],
    gradFunc: (dy, saved, attrs) => {
      const native = nativeBackend();
      if (native === null) {
        throw new Error(
          `${kernel.name} ran forward on the "tensorflow" backend, but its gradient was asked for on "${tf.getBackend()}"; keep one backend for both.`,
        );
      }
      const outputGradients = Array.isArray(dy) ? dy : [dy];
      return kernel.gradient(native, outputGradients, saved, attrs as unknown as Attributes);
    },
  });
  return (inputs, attrs) => {
    const outputs = tf
      .engine()
      .runKernel(
        kernel.name,
        inputs as unknown as tf.NamedTensorMap,
        attrs as unknown as tf.NamedAttrMap,
      ) as unknown;
    return Array.isArray(outputs) ? (outputs as tf.Tensor[]) : [outputs as tf.Tensor];
  };
}

/** The element of a kernel's tensors at `index`, which the caller knows to exist. */
export function at(tensors: readonly tf.Tensor[], index: number): tf.Tensor {
  const tensor = tensors[index];
  if (tensor === undefined) throw new Error(`There is no tensor ${index} among ${tensors.length}.`);
  return tensor;
}
