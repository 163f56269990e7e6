// What is run in the browser and in Node: a few training steps of a small network around each normalizer.
//
// Nothing depends on a backend's random numbers: inputs, targets and weights are written down as waves. The module is
// pure: the test in Node and the page in the browser import the same one.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { NormConv2D } from '../../layers/norm-conv2d.ts';
import { subjects, type Subject } from '../subjects/index.ts';

const STEPS = 3;
const LEARNING_RATE = 0.002;
const IMAGES: [number, number, number, number] = [2, 6, 6, 3];
/** What the conformance suite gives its subjects. */
const CHANNELS = 7;
const CLASSES = 3;

/** One tensor of a run, in a form that crosses from the page to Node. */
export interface NamedValues {
  /** Such as `gradient of subject/gamma in step 1`. */
  readonly name: string;
  readonly values: readonly number[];
}

/** What one normalizer did: its tensors, or the error that kept it from them. */
export interface Outcome {
  readonly normalizer: string;
  readonly tensors: readonly NamedValues[];
  readonly error: string | null;
}

const wave = (shape: tfl.Shape, amplitude: number, phase: number): tf.Tensor => {
  const size = shape.reduce<number>((product, length) => product * (length ?? 1), 1);
  const values = Float32Array.from({ length: size }, (_, i) => amplitude * Math.sin(2.399 * i + phase));
  return tf.tensor(values, shape as number[]);
};

/** Convolution, the normalizer, ReLU, classifier: gradients pass through the normalizer to weights before it. */
function network(subject: Subject): tfl.LayersModel {
  const input = tfl.input({ shape: IMAGES.slice(1) });
  // Without a bias, whose gradient would be nothing but rounding errors under most normalizers.
  const convolution = new NormConv2D({ name: 'before', filters: CHANNELS, kernelSize: 3, useBias: false });
  const normalized = subject.make('subject').apply(convolution.apply(input));
  const active = tfl.layers.reLU({ name: 'relu' }).apply(normalized);
  const features = tfl.layers.globalAveragePooling2d({ name: 'pool' }).apply(active);
  const logits = tfl.layers.dense({ name: 'logits', units: CLASSES }).apply(features);
  return tfl.model({ inputs: input, outputs: logits as tfl.SymbolicTensor });
}

const named = (model: tfl.LayersModel): { name: string; variable: tfl.LayerVariable }[] =>
  model.layers.flatMap((layer) =>
    layer.weights.map((variable) => ({
      name: `${layer.name}/${variable.originalName.split('/').at(-1) ?? ''}`,
      variable,
    })),
  );

/** Kernels become waves; γ, β and the rest keep their constant start plus a wave. State stays as it begins. */
function setWeights(model: tfl.LayersModel): void {
  named(model).forEach(({ name, variable }, i) => {
    if (!variable.trainable) return;
    tf.tidy(() => {
      const { shape } = variable;
      const inputs = shape.slice(0, -1).reduce<number>((product, length) => product * (length ?? 1), 1);
      const wanted = /kernel/i.test(name)
        ? wave(shape, 1 / Math.sqrt(inputs), i)
        : tf.add(variable.read(), wave(shape, 0.1, i));
      variable.write(wanted);
    });
  });
}

function trainAround(subject: Subject): NamedValues[] {
  const model = network(subject);
  setWeights(model);
  const images = wave(IMAGES, 1, 0.3);
  const targets = wave([IMAGES[0], CLASSES], 1, 1.9);
  const optimizer = tf.train.sgd(LEARNING_RATE);
  const tensors: NamedValues[] = [];
  const record = (name: string, tensor: tf.Tensor): void => {
    // Not `data()`, which takes several times as long on WebGL.
    tensors.push({ name, values: Array.from(tensor.dataSync()) });
  };
  for (let step = 1; step <= STEPS; step++) {
    const outputs: tf.Tensor[] = [];
    const { value, grads } = optimizer.computeGradients(() => {
      const output = tf.keep(model.apply(images, { training: true }) as tf.Tensor);
      outputs.push(output);
      return tf.mean(tf.squaredDifference(output, targets));
    });
    optimizer.applyGradients(grads);
    for (const output of outputs) record(`training output of step ${step}`, output);
    record(`loss of step ${step}`, value);
    for (const { name, variable } of named(model)) {
      const gradient = grads[variable.name];
      if (gradient !== undefined) record(`gradient of ${name} in step ${step}`, gradient);
    }
    tf.dispose([value, ...outputs, ...Object.values(grads)]);
  }
  for (const { name, variable } of named(model)) {
    record(`${variable.trainable ? 'weight' : 'state'} ${name} after ${STEPS} steps`, variable.read());
  }
  const inference = model.apply(images, { training: false }) as tf.Tensor;
  record('inference output', inference);
  tf.dispose([inference, images, targets]);
  optimizer.dispose();
  model.dispose();
  return tensors;
}

/** Runs every normalizer on the active backend. One that throws is reported with its error; the others still run. */
export function runScenario(): Outcome[] {
  const outcomes: Outcome[] = [];
  for (const subject of subjects) {
    tf.engine().startScope();
    try {
      outcomes.push({ normalizer: subject.title, tensors: trainAround(subject), error: null });
    } catch (error) {
      outcomes.push({ normalizer: subject.title, tensors: [], error: String(error) });
    } finally {
      tf.engine().endScope();
    }
  }
  return outcomes;
}
