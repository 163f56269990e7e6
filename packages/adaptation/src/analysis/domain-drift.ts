// How far the two domains drift apart through the depth of a network: of what enters every rectifier, in inference mode,
//
//   meanShift     = mean over channels of |μ_t − μ_s| / σ_s
//   varianceShift = mean over channels of |ln(σ_t² / σ_s²)|
//
// with mean μ and biased variance σ² of a channel over N, H, W of all images of a domain. These are the statistics that
// Adaptive Batch Normalization exchanges (Li et al. 2016, "Revisiting Batch Normalization For Practical Domain Adaptation",
// arXiv 1603.04779); before the rectifiers, networks with and without such layers compare.

import {
  DomainSpecificBatchNorm,
  EvoNormB0,
  EvoNormS0,
  leafLayers,
  PooledMoments,
  Relu,
  ThresholdedLinearUnit,
  TransNorm,
  watchInputs,
  type ChannelMoments,
  type DomainBatches,
  type EvaluationDomain,
  type InputWatcher,
  type PlacedLayer,
} from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/** The drift before one rectifier. Both are 0 where the domains are alike, NaN where no channel varies in both. */
export interface LayerDrift {
  /** The rectifier's name; in a model inside the model, after that model's name and a slash. */
  readonly layer: string;
  /** In standard deviations of the source. */
  readonly meanShift: number;
  /** In natural logarithms. */
  readonly varianceShift: number;
}

/**
 * The drift before every rectifier of `model`, in the order of depth: `Relu`, `ThresholdedLinearUnit`, TF.js's own, and the
 * EvoNorms, which normalize and rectify at once, so that what they normalize counts. Layers that keep the domains' statistics
 * apart infer with those of the domain that is looked at. How the images are batched makes no difference. Channels that do
 * not vary in both domains do not count.
 *
 * Each batch is used until the next is asked for, and stays the caller's to dispose; the model is left as it was.
 *
 * @throws if the model has no rectifier, or a domain no batch.
 */
export async function domainDrift(
  model: tfl.LayersModel,
  sourceBatches: DomainBatches,
  targetBatches: DomainBatches,
): Promise<LayerDrift[]> {
  const rectifiers = leafLayers(model).filter(({ layer }) => rectifies(layer));
  if (rectifiers.length === 0) {
    throw new Error(
      `Model "${model.name}" has no rectifier whose input could be compared: use a model with ReLU layers of their own.`,
    );
  }
  const source = await momentsOf(model, rectifiers, sourceBatches, 'source');
  const target = await momentsOf(model, rectifiers, targetBatches, 'target');
  return rectifiers.flatMap(({ layer, name }) => {
    const [ofSource, ofTarget] = [source.get(layer), target.get(layer)];
    return ofSource === undefined || ofTarget === undefined
      ? []
      : [{ layer: name, ...shiftBetween(ofSource, ofTarget) }];
  });
}

function rectifies(layer: tfl.layers.Layer): boolean {
  if (layer instanceof EvoNormB0 || layer instanceof EvoNormS0) return layer.nonlinearity;
  if (layer instanceof Relu || layer instanceof ThresholdedLinearUnit) return true;
  // TF.js exports no classes for its own, and the clipped one belongs to a package that this one does not know.
  const name = layer.getClassName();
  return (
    /^(Plumbline)?ReLU6?$/i.test(name) ||
    (name === 'Activation' && /^relu6?$/.test(String(layer.getConfig()['activation'])))
  );
}

/** What one batch shows at one layer. */
interface Seen {
  readonly layer: tfl.layers.Layer;
  /** Values per channel. */
  readonly count: number;
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

/** The moments of a domain before each rectifier. */
async function momentsOf(
  model: tfl.LayersModel,
  rectifiers: readonly PlacedLayer[],
  batches: DomainBatches,
  domain: EvaluationDomain,
): Promise<Map<tfl.layers.Layer, ChannelMoments>> {
  const pooled = new Map<tfl.layers.Layer, PooledMoments>();
  for await (const input of batches) {
    const seen: Seen[] = [];
    try {
      lookAt(model, input, rectifiers, domain, seen);
      for (const { layer, count, mean, variance } of seen) {
        const moments = { mean: await mean.data(), variance: await variance.data() };
        const known = pooled.get(layer) ?? new PooledMoments(mean.size);
        known.add(moments, count);
        pooled.set(layer, known);
      }
    } finally {
      for (const { mean, variance } of seen) tf.dispose([mean, variance]);
    }
  }
  if (pooled.size === 0) {
    throw new Error(
      `The drift between domains needs images of both, and the ${domain} gave no batch of them.`,
    );
  }
  return new Map([...pooled].map(([layer, values]) => [layer, values.moments()]));
}

/** Runs the model on one batch of a domain, and adds what each rectifier gets to `seen`. */
function lookAt(
  model: tfl.LayersModel,
  input: tf.Tensor | tf.Tensor[],
  rectifiers: readonly PlacedLayer[],
  domain: EvaluationDomain,
  seen: Seen[],
): void {
  const watchers = rectifiers.map(({ layer }): [tfl.layers.Layer, InputWatcher] => [
    layer,
    (x) => {
      const axes = x.shape.slice(0, -1).map((_, axis) => axis);
      const { mean, variance } = tf.moments(x, axes);
      seen.push({ layer, count: x.size / mean.size, mean: tf.keep(mean), variance: tf.keep(variance) });
      return 'go on';
    },
  ]);
  const leave = enter(model, domain);
  try {
    watchInputs(model, input, new Map(watchers));
  } finally {
    leave();
  }
}

/** Has the layers that keep domains apart infer with those of `domain`; the function returned undoes it. */
function enter(model: tfl.LayersModel, domain: EvaluationDomain): () => void {
  const undo: (() => void)[] = [];
  for (const { layer } of leafLayers(model)) {
    if (layer instanceof DomainSpecificBatchNorm && layer.domains > 1) {
      const before = layer.domain;
      undo.push(() => (layer.domain = before));
      layer.domain = domain === 'source' ? 0 : 1;
    } else if (layer instanceof TransNorm) {
      const before = layer.evaluationDomain;
      undo.push(() => (layer.evaluationDomain = before));
      layer.evaluationDomain = domain;
    }
  }
  return () => {
    for (const restore of undo) restore();
  };
}

/** A deviation below this share of the mean is what float32 leaves of a constant. */
const LEAST_DEVIATION = 1e-6;

function shiftBetween(
  source: ChannelMoments,
  target: ChannelMoments,
): Pick<LayerDrift, 'meanShift' | 'varianceShift'> {
  const moment = ({ mean, variance }: ChannelMoments, c: number): { mean: number; variance: number } => ({
    mean: mean[c] ?? NaN,
    variance: variance[c] ?? NaN,
  });
  const varies = ({ mean, variance }: { mean: number; variance: number }): boolean =>
    !(Math.sqrt(variance) <= LEAST_DEVIATION * Math.abs(mean));
  const channels = Array.from(source.mean, (_, c) => ({ s: moment(source, c), t: moment(target, c) })).filter(
    ({ s, t }) => varies(s) && varies(t),
  );
  const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  return {
    meanShift: meanOf(channels.map(({ s, t }) => Math.abs(t.mean - s.mean) / Math.sqrt(s.variance))),
    varianceShift: meanOf(channels.map(({ s, t }) => Math.abs(Math.log(t.variance / s.variance)))),
  };
}
