/** Argument checks that end in one clear sentence. */
import type * as tf from '@tensorflow/tfjs-core';

const shapeText = (t: tf.Tensor): string => `[${t.shape.join(', ')}]`;

export function requireRank(
  operation: string,
  name: string,
  t: tf.Tensor,
  rank: number,
  layout: string,
): void {
  if (t.rank !== rank) {
    throw new Error(`${operation}: got ${name} of shape ${shapeText(t)}, wanted rank ${rank}, ${layout}.`);
  }
}

export function requireFloat(operation: string, name: string, t: tf.Tensor): void {
  if (t.dtype !== 'float32') {
    throw new Error(`${operation}: got ${name} of type ${t.dtype}, wanted float32; convert it with tf.cast.`);
  }
}

export function requireLength(
  operation: string,
  name: string,
  t: tf.Tensor,
  length: number,
  meaning: string,
): void {
  if (t.rank !== 1 || t.size !== length) {
    throw new Error(`${operation}: got ${name} of shape ${shapeText(t)}, wanted [${length}], ${meaning}.`);
  }
}

export function requirePositiveInteger(operation: string, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`${operation}: got ${name} = ${value}, wanted a whole number ≥ 1.`);
  }
}

export function requireEpsilon(operation: string, epsilon: number): void {
  if (!(epsilon >= 0 && Number.isFinite(epsilon))) {
    throw new Error(`${operation}: got epsilon = ${epsilon}, wanted a finite number ≥ 0 (usually 1e-5).`);
  }
}
