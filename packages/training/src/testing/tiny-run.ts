// A network small enough to train inside a test, with everything a real run has to restore.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { goldenSequence } from '@plumbline/test-support';
import type { ForwardResult } from '../accumulation.ts';
import type { NamedVariable } from '../named-variables.ts';
import { parameterGroups } from '../parameter-groups.ts';
import { Sgd } from '../sgd.ts';

export interface TinyBatch {
  index: number;
}

// A type, so that it is a container of tensors.
export type TinyInputs = { index: number; images: tf.Tensor4D; targets: tf.Tensor4D; weight: tf.Scalar };

export interface TinyRun {
  model: tfl.LayersModel;
  optimizer: Sgd;
  /** An integer counter that stands for a random state: it changes what each step computes. */
  state: NamedVariable[];
  forward: (inputs: TinyInputs) => ForwardResult;
}

/** A batch's images and targets, which depend on its number. */
export const tinyTensors = ({ index }: TinyBatch): TinyInputs => ({
  index,
  images: tf.tensor4d(goldenSequence(2 * 5 * 5 * 3, 31 * index), [2, 5, 5, 3]),
  targets: tf.tensor4d(goldenSequence(2 * 5 * 5 * 2, 17 * index), [2, 5, 5, 2]),
  weight: tf.scalar(25 + index),
});

/** 3×3 convolution, 1×1 head; the two have different learning rates and decays. Deterministic. */
export function tinyModel(filters = 4): tfl.LayersModel {
  const start = (shape: number[], at: number): tf.Tensor =>
    tf.tensor(
      goldenSequence(
        shape.reduce((a, b) => a * b, 1),
        at,
      ),
      shape,
    );
  const body = tfl.layers.conv2d({
    name: 'body',
    filters,
    kernelSize: 3,
    padding: 'same',
    activation: 'relu',
  });
  const head = tfl.layers.conv2d({ name: 'head', filters: 2, kernelSize: 1 });
  const input = tfl.input({ shape: [null, null, 3] });
  const model = tfl.model({ inputs: input, outputs: head.apply(body.apply(input)) as tfl.SymbolicTensor });
  body.setWeights([start([3, 3, 3, filters], 0), start([filters], 7)]);
  head.setWeights([start([1, 1, filters, 2], 3), start([2], 9)]);
  return model;
}

export function tinyRun(): TinyRun {
  const model = tinyModel();
  const optimizer = new Sgd({
    groups: parameterGroups(model, { head: ['head/'], weightDecay: 0.01 }),
    nesterov: true,
  });
  const counter = tf.variable(tf.scalar(0, 'int32'), false);
  const forward = ({ images, targets, weight }: TinyInputs): ForwardResult => {
    counter.assign(tf.add(counter, tf.scalar(1, 'int32')));
    const shift = tf.mul(0.01, tf.cast(counter, 'float32'));
    const logits = model.apply(images, { training: true }) as tf.Tensor;
    const loss = tf.mean<tf.Scalar>(tf.square(tf.sub(tf.add(logits, shift), targets)));
    return { loss, weight: tf.clone(weight), terms: { shift: shift as tf.Scalar } };
  };
  return { model, optimizer, state: [{ name: 'counter', variable: counter, trainable: false }], forward };
}

/** Batches without end, from number `from` on; counts what was taken and whether it was closed. */
export class TinyLoader implements AsyncIterable<TinyBatch> {
  taken = 0;
  isClosed = false;
  private readonly from: number;

  constructor(from = 0) {
    this.from = from;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TinyBatch> {
    try {
      for (let index = this.from; ; index++) {
        this.taken++;
        yield await Promise.resolve({ index });
      }
    } finally {
      this.isClosed = true;
    }
  }
}
