// Gradients of the loss with respect to every trainable weight, in training mode, and how long they are through the depth.
//
// Of several batches it is the gradient of their common mean loss, each batch normalized by itself, as a step with
// accumulation computes it. The loss is the plain softmax cross-entropy, whatever a run adds to it, so that runs compare.

import { leafLayers } from '@plumbline/norm';
import { accumulateGradients, classificationLoss, namedVariables } from '@plumbline/training';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { kernelsOf, type Kernel } from './kernels.ts';
import { leavingUnchanged } from './unchanged.ts';
import { watchingLayers, type LayerWatcher } from './watch-layers.ts';

/** Images and their classes; both stay the caller's. */
export interface LabelledBatch {
  /** [N, H, W, C]. */
  readonly images: tf.Tensor4D;
  /** [N], int32. */
  readonly labels: tf.Tensor1D;
}

export interface ProbedGradients {
  /** The mean over all images. */
  readonly loss: tf.Scalar;
  /** By variable name; a weight that the loss does not depend on has none. */
  readonly byVariable: tf.NamedTensorMap;
  dispose(): void;
}

/**
 * The gradients; the caller disposes them. The model, which must give logits [N, K] alone, is left as it was.
 *
 * @param watch is shown what enters and leaves every layer, in each batch.
 * @throws if there is no batch, or the model has another output.
 */
export function probeGradients(
  model: tfl.LayersModel,
  batches: readonly LabelledBatch[],
  watch?: LayerWatcher,
): ProbedGradients {
  requireLogits(model);
  const variables = namedVariables(model)
    .filter(({ trainable }) => trainable)
    .map(({ variable }) => variable);
  const watched = watch === undefined ? [] : leafLayers(model).map(({ layer }) => layer);
  const forward = ({ images, labels }: LabelledBatch): ReturnType<typeof classificationLoss> =>
    watchingLayers(watched, watch ?? noWatcher, () =>
      classificationLoss(model.apply(images, { training: true }) as tf.Tensor2D, labels),
    );
  const { gradients, loss, weight } = leavingUnchanged(model, () =>
    accumulateGradients(batches, forward, variables),
  );
  weight.dispose();
  return { loss, byVariable: gradients, dispose: () => void tf.dispose([loss, gradients]) };
}

const noWatcher: LayerWatcher = () => undefined;

function requireLogits({ name, outputs }: tfl.LayersModel): void {
  const [only, ...more] = outputs;
  if (only?.shape.length === 2 && more.length === 0) return;
  throw new Error(
    `Gradients were asked of model "${name}", which has ${outputs.length} outputs of shape ` +
      `${outputs.map(({ shape }) => `[${shape.join(', ')}]`).join(' and ')}: give a model whose only output are logits [N, classes].`,
  );
}

export interface GradientNorm {
  /** The layer's name. */
  readonly layer: string;
  readonly kind: Kernel['kind'];
  /** ‖g‖, of the raw kernel. */
  readonly norm: number;
  /** ‖g‖ / ‖w‖: times the learning rate, the share of itself that the kernel moves by. */
  readonly relative: number;
}

/** How long the gradient of every trainable kernel is, in the order of depth. */
export async function gradientNorms(
  model: tfl.LayersModel,
  { byVariable }: Pick<ProbedGradients, 'byVariable'>,
): Promise<GradientNorm[]> {
  const norms: GradientNorm[] = [];
  for (const { name, kind, raw } of kernelsOf(model)) {
    const gradient = byVariable[raw.name];
    if (gradient === undefined) continue;
    const values = tf.tidy(() => tf.stack([tf.norm(gradient), tf.norm(raw)]));
    const [norm = NaN, weight = NaN] = await values.data();
    values.dispose();
    norms.push({ layer: name, kind, norm, relative: norm / weight });
  }
  return norms;
}
