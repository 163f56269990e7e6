// What a captured step uses of the "tensorflow" backend beside the operations: its handles, and sessions.
//
// A handle is the number under which the binding holds a TensorFlow tensor. The binding counts them up and never gives one
// twice, so that a handle names one value for good.

import { nativeBackend, type NativeAttribute, type NativeBinding } from '@plumbline/ops';
import { DataType } from '@plumbline/ops/saved-model';
import type * as tf from '@tensorflow/tfjs-core';

/** A tensor that TensorFlow made. */
export interface TensorMetadata {
  /** Its handle. */
  readonly id: number;
  readonly shape: number[];
  /** Of tensorflow/core/framework/types.proto. */
  readonly dtype: number;
}

export type TensorValues = Float32Array | Int32Array | Uint8Array;

export interface SessionBinding extends NativeBinding {
  readonly TF_ATTR_SHAPE: number;
  executeOp(
    name: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly number[],
    outputCount: number,
  ): TensorMetadata[];
  createTensor(shape: readonly number[], dtype: number, values: TensorValues): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): TensorValues;
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(model: number): void;
  /** @param inputNames comma-separated, as are `outputNames`. */
  runSavedModel(
    model: number,
    inputs: readonly number[],
    inputNames: string,
    outputNames: string,
  ): TensorMetadata[];
}

/** The handle of data that has none yet. */
export const NO_HANDLE = -1;

/** What the backend keeps of a tensor's data. */
export interface TensorData {
  /** The handle; `NO_HANDLE` while only `values` has the data. */
  id: number;
  values: TensorValues | null;
  refCount: number;
}

export interface SessionBackend {
  binding: SessionBinding;
  readonly tensorMap: { has(dataId: object): boolean; get(dataId: object): TensorData };
  /** Handles of tensors, made where only the host has the values. */
  getInputTensorIds(tensors: readonly tf.Tensor[]): number[];
  /** A tensor of a handle, tracked by the enclosing `tf.tidy`. */
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
}

/** The active backend, if it is TensorFlow's own; else null. */
export const sessionBackend = (): SessionBackend | null =>
  nativeBackend() as unknown as SessionBackend | null;

/** Sizes of `shape` for people. */
export const describeShape = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** A binding that is `binding` but for some of its functions. */
export const bindingWith = (binding: SessionBinding, functions: Partial<SessionBinding>): SessionBinding =>
  // The binding's own properties cannot be written, and its functions do not care whose method they are.
  Object.create(binding, Object.getOwnPropertyDescriptors(functions)) as SessionBinding;

/** Shape and type of the tensor of a handle. */
export function metadataOf(binding: SessionBinding, id: number): Omit<TensorMetadata, 'id'> {
  const [same] = binding.executeOp('Identity', [], [id], 1);
  if (same === undefined) throw new Error(`The tensor of handle ${id} cannot be read.`);
  binding.deleteTensor(same.id);
  return { shape: same.shape, dtype: same.dtype };
}

/** The value of a tensor under a handle of its own. Nothing is copied. */
export function underOwnHandle(backend: SessionBackend, tensor: tf.Tensor): tf.Tensor {
  const [same] = backend.binding.executeOp('Identity', [], backend.getInputTensorIds([tensor]), 1);
  if (same === undefined) throw new Error('TensorFlow gave no output of Identity.');
  return backend.createOutputTensor(same);
}

const DATA_TYPES: Readonly<Record<string, number>> = {
  float32: DataType.float,
  int32: DataType.int32,
  bool: DataType.bool,
};

/** Whether a graph's inputs and variables may have a type. */
export const isGraphType = (dtype: tf.DataType): boolean => DATA_TYPES[dtype] !== undefined;

/** @throws on a type that a training step has no use for. */
export function dataTypeOf({ dtype }: tf.Tensor): number {
  const number = DATA_TYPES[dtype];
  if (number === undefined)
    throw new Error(`A step takes tensors of float32, int32 and bool, and got one of ${dtype}.`);
  return number;
}
