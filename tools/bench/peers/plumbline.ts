/** Our own steps: run operation by operation, as one graph, and the networks of inference. */
import { deepLabV3, resNetFeatures, ResizeLike } from '@plumbline/models';
import { activationsOf, connect, fold, NormConv2D, parseRecipe, setInputChecks } from '@plumbline/norm';
import { softmaxCrossEntropy } from '@plumbline/ops';
import { tf } from '@plumbline/runtime';
import { CapturedStep } from '@plumbline/runtime/capture';
import {
  parameterGroups,
  Sgd,
  single,
  trainStep,
  type StepInputs,
  type StepResults,
} from '@plumbline/training';
import * as tfl from '@tensorflow/tfjs-layers';
import { CLASSES, normalizesPooled, OPTIMIZER, type Case } from '../protocol.ts';
import { timed, type Role, type Work } from './serve.ts';
import { about, noise, parametersOf, settle, type Batch } from './tensorflow.ts';

/** The network of a case. */
export function networkOf(of: Case): tfl.LayersModel {
  const recipe = parseRecipe(of.recipe, { onWarning: () => undefined });
  if (of.network === 'deeplab') {
    return deepLabV3({
      recipe,
      classes: CLASSES,
      outputStride: 16,
      poolingNorm: normalizesPooled(of) ? 'recipe' : 'none',
    });
  }
  const image = tfl.input({ shape: [null, null, 3], name: 'image' });
  const { features } = resNetFeatures(image, { depth: 50, recipe });
  const classifier = new NormConv2D({ name: 'classifier', filters: CLASSES, kernelSize: 1 });
  const logits = activationsOf(connect(classifier, features));
  return tfl.model({
    inputs: image,
    outputs: activationsOf(connect(new ResizeLike({ name: 'logits' }), [logits, image])),
  });
}

function stepOf(model: tfl.LayersModel): (inputs: StepInputs<Batch>) => StepResults {
  const { momentum, weightDecay } = OPTIMIZER;
  const groups = parameterGroups(model, { weightDecay, noDecay: () => false });
  return trainStep<Batch>({
    updates: [
      {
        optimizer: new Sgd({ groups, momentum }),
        forward: ({ images, labels }) => {
          const logits = model.apply(images, { training: true }) as tf.Tensor4D;
          const { loss, validCount } = softmaxCrossEntropy(logits, labels);
          return { loss, weight: validCount };
        },
      },
    ],
    communicator: single,
  });
}

function training(of: Case, mode: 'eager' | 'captured' | 'recomputed'): Work {
  setInputChecks('never');
  const model = networkOf(of);
  const step = stepOf(model);
  const inputs = { microBatches: [noise(of)], learningRate: tf.scalar(OPTIMIZER.learningRate) };
  let problem: string | null = null;
  const captured = new CapturedStep(step, {
    precision: of.precision,
    recompute: mode === 'recomputed',
    onEager: (reason) => (problem = reason),
  });
  return {
    about: about(),
    parameters: parametersOf(model),
    flop: null,
    run: timed(() => {
      tf.tidy(() => {
        const { losses } = mode === 'eager' ? step(inputs) : captured.run(inputs);
        for (const loss of losses) settle(loss);
      });
    }),
    problem: () => {
      if (mode === 'eager' || captured.isCaptured) return null;
      return `its steps ran eagerly: ${problem ?? 'this backend has no graphs'}`;
    },
  };
}

/** Inference with `model`. */
function inference(of: Case, model: tfl.LayersModel): Work {
  const { images } = noise(of);
  return {
    about: about(),
    parameters: null,
    flop: null,
    run: timed(() => {
      tf.tidy(() => {
        settle(model.apply(images, { training: false }) as tf.Tensor);
      });
    }),
    problem: () => null,
  };
}

/** A step as the sum of its operations; in inference, the network as it was trained. */
export const eager: Role = (of) => {
  setInputChecks('never');
  return Promise.resolve(of.task === 'training' ? training(of, 'eager') : inference(of, networkOf(of)));
};

const graph =
  (mode: 'captured' | 'recomputed'): Role =>
  (of) => {
    if (of.task !== 'training')
      throw new Error('Only a training step is captured; ask for `eager` or `folded`.');
    return Promise.resolve(training(of, mode));
  };

export const captured = graph('captured');

/** The same step, which holds fewer activations. */
export const recomputed = graph('recomputed');

export const folded: Role = (of) => {
  if (of.task !== 'inference') throw new Error('A folded network cannot be trained; ask for inference.');
  setInputChecks('never');
  const trained = networkOf(of);
  const { model } = fold(trained);
  trained.dispose();
  return Promise.resolve(inference(of, model));
};
