// The tensors in an object or array of tensors, in an order that depends on its form alone.

import * as tf from '@tensorflow/tfjs-core';
import { describeShape } from './session-backend.ts';

/** Every tensor in `container`, one that is there twice twice. */
export function tensorsIn(container: tf.TensorContainer): tf.Tensor[] {
  const tensors: tf.Tensor[] = [];
  mapLeaves(container, (item) => {
    if (item instanceof tf.Tensor) tensors.push(item);
  });
  return tensors;
}

/** The same form with other tensors; `of` hears each one and its place in the order. */
export function mapTensors<C extends tf.TensorContainer>(
  container: C,
  of: (tensor: tf.Tensor, place: number) => tf.Tensor,
): C {
  let place = 0;
  return mapLeaves(container, (item) => (item instanceof tf.Tensor ? of(item, place++) : item)) as C;
}

/** What is where in `container`, for comparison and for people: types and shapes of tensors, and what else is in it. */
export function formOf(
  container: tf.TensorContainer,
  ofNumber: (value: number) => number | string = (value) => value,
): string {
  const form = mapLeaves(container, (item) => {
    if (item instanceof tf.Tensor)
      return `${item instanceof tf.Variable ? 'variable ' : ''}${item.dtype} ${describeShape(item.shape)}`;
    return typeof item === 'number' ? ofNumber(item) : (item ?? null);
  });
  return JSON.stringify(form).replaceAll('"', '');
}

function mapLeaves(item: unknown, of: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(item)) return item.map((part) => mapLeaves(part, of));
  if (item instanceof tf.Tensor || typeof item !== 'object' || item === null || ArrayBuffer.isView(item))
    return of(item);
  return Object.fromEntries(Object.entries(item).map(([key, part]) => [key, mapLeaves(part, of)]));
}
