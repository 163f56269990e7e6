/**
 * The door to TensorFlow's own operations.
 *
 * `@tensorflow/tfjs-node` and `-node-gpu` register a backend called "tensorflow" whose `executeSingleOutput` and
 * `executeMultipleOutputs` run any registered TensorFlow operation by name. TensorFlow.js uses a fraction of them.
 */
import * as tf from '@tensorflow/tfjs-core';

/** One attribute of a TensorFlow operation, as the backend's binding takes it. */
export interface NativeAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean | string | readonly number[];
}

/** What this package uses of the binding to libtensorflow: the numbers that name attribute kinds and types. */
export interface NativeBinding {
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
}

/** The "tensorflow" backend. Tensors that it returns are ordinary ones, tracked by the enclosing `tf.tidy`. */
export interface NativeBackend {
  readonly binding: NativeBinding;
  /** Whether TensorFlow placed its operations on a GPU. */
  readonly isUsingGpuDevice: boolean;
  executeSingleOutput(name: string, attributes: readonly NativeAttribute[], inputs: tf.Tensor[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly NativeAttribute[],
    inputs: tf.Tensor[],
    outputCount: number,
  ): tf.Tensor[];
}

/** The active backend, if it is TensorFlow's own; null on every other one ("cpu", "wasm", "webgl", "webgpu"). */
export function nativeBackend(): NativeBackend | null {
  return tf.getBackend() === 'tensorflow' ? (tf.backend() as unknown as NativeBackend) : null;
}

type AttributeValue = number | boolean | string | readonly number[];

/** How an attribute is written: a plain JavaScript value, or the kind spelt out where the value does not tell. */
export type AttributeSpec =
  string | boolean | readonly number[] | { float: number } | { type: 'float32' | 'int32' };

/**
 * Attributes in the form that the binding takes: strings and booleans as they are, arrays as lists of integers,
 * `{ float }` and `{ type }` where a bare number would be ambiguous.
 */
export function attributes(
  { binding }: NativeBackend,
  specs: Readonly<Record<string, AttributeSpec>>,
): NativeAttribute[] {
  const kindAndValue = (spec: AttributeSpec): [number, AttributeValue] => {
    if (typeof spec === 'string') return [binding.TF_ATTR_STRING, spec];
    if (typeof spec === 'boolean') return [binding.TF_ATTR_BOOL, spec];
    if ('float' in spec) return [binding.TF_ATTR_FLOAT, spec.float];
    if ('type' in spec) {
      return [binding.TF_ATTR_TYPE, spec.type === 'int32' ? binding.TF_INT32 : binding.TF_FLOAT];
    }
    return [binding.TF_ATTR_INT, spec];
  };
  return Object.entries(specs).map(([name, spec]) => {
    const [type, value] = kindAndValue(spec);
    return { name, type, value };
  });
}
