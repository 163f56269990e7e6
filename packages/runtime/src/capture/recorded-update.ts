// A door for optimizers: an update of weights that TensorFlow has one operation for, which eager TensorFlow.js cannot call
// because its variables are not TensorFlow's.
//
// Outside of a recording the composed update runs. In one it runs too, and the recording has the operation in its place.

import type * as tf from '@tensorflow/tfjs-core';

/** One of TensorFlow's operations on resource variables, such as ResourceApplyMomentum. */
export interface InPlaceStep {
  readonly name: string;
  /** Attributes beside the type, which is float32. */
  readonly flags?: Readonly<Record<string, boolean>>;
  /** In the operation's order: variables that it changes, and tensors. */
  readonly inputs: readonly (tf.Tensor | { readonly changed: tf.Variable })[];
}

interface StepRecorder {
  update(steps: readonly InPlaceStep[], eager: () => void): void;
  forward<T>(work: () => T): T;
}

let recorder: StepRecorder | null = null;

export const isRecording = (): boolean => recorder !== null;

/** Sends updates and forward passes to `to` until the returned function is called. */
export function startRecording(to: StepRecorder): () => void {
  recorder = to;
  return () => {
    recorder = null;
  };
}

/**
 * Runs `eager`, which changes variables as `steps` would, one after the other; a captured step runs `steps`.
 *
 * @param steps is called only where it is needed; its tensors must be there until it returns.
 */
export function recordedUpdate(steps: () => readonly InPlaceStep[], eager: () => void): void {
  if (recorder === null) eager();
  else recorder.update(steps(), eager);
}

/**
 * What `work` returns, a forward pass whose gradients are computed next. A recording knows by this which activations wait for their
 * gradients, so that a graph may compute them again instead of holding them.
 */
export const recordedForward = <T>(work: () => T): T => (recorder === null ? work() : recorder.forward(work));
