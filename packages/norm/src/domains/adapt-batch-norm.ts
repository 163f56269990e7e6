// Adaptive Batch Normalization: a trained network moves to another domain by taking over that domain's statistics, with
// no label and no gradient.
//
// Li, Wang, Shi, Liu, Hou: "Revisiting Batch Normalization For Practical Domain Adaptation", 2016, arXiv 1603.04779.
//
//   μ ← (1 − α) · μ_source + α · μ_target, and σ² alike     per batch normalization and channel; γ and β stay
//
// α below 1 keeps some of the source, for few samples: Schneider et al., "Improving robustness against common
// corruptions by covariate shift adaptation", 2020, arXiv 2006.16971.

import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { BatchPasses, type DomainBatches } from './batch-passes.ts';
import {
  collect,
  discard,
  mix,
  mixOnDevice,
  observe,
  readStatistics,
  shiftOf,
  writeStatistics,
  type Observation,
  type StatisticShift,
} from './layer-moments.ts';
import { PooledMoments, type ChannelMoments } from './pooled-moments.ts';
import { statisticLayers, type StatisticLayer, leafLayers } from './statistic-layers.ts';
import { watchInputs, type InputWatcher } from './watch-inputs.ts';
import { BatchKalmanNorm } from '../kalman/batch-kalman-norm.ts';
import { BatchChannelNorm } from '../layers/batch-channel-norm.ts';
import { infersByBatch } from '../layers/batch-statistics.ts';
import { BatchRenorm } from '../layers/batch-renorm.ts';
import { EvoNormB0 } from '../layers/evo-norm.ts';
import { MovingAverageBatchNorm } from '../layers/moving-average-batch-norm.ts';
import { TransNorm } from '../layers/trans-norm.ts';

/**
 * How the target's statistics are found:
 * - `exact` (default): one pass over the batches per layer, in the order of depth. A layer's statistics are those of all
 *   the inputs it gets when everything before it is adapted already, so the batches' size and order do not matter;
 * - `one-pass`: a single pass in which every layer normalizes by the batch, and which pools every layer's inputs. It
 *   differs from `exact` behind the first layer, the more so the smaller the batches are;
 * - `moving-average`: a single pass that advances the running averages as training does, from the source's on. The last
 *   batches count most, and what remains of the source depends on their number.
 */
export type AdaptationMethod = 'exact' | 'one-pass' | 'moving-average';

export interface AdaptBatchNormOptions {
  /** Default `exact`. */
  method?: AdaptationMethod;
  /** Share α of the target in the new statistics, from 0 to 1. Default 1. */
  alpha?: number;
  /** Share of each batch for `moving-average`, from 0 to 1. Default: the layer's own. */
  batchShare?: number;
  /** Which layers to adapt, by name; the others infer as before. Default all. */
  include?: (layerName: string) => boolean;
  /** Called after each pass over the batches. */
  onPass?: (done: number, total: number) => void;
}

/** A layer to adapt, with its statistics before. */
interface Candidate {
  readonly layer: StatisticLayer;
  readonly source: ChannelMoments;
}

interface Adaptation {
  readonly model: tfl.LayersModel;
  readonly passes: BatchPasses;
  readonly alpha: number;
  /** Null: each layer's own. */
  readonly batchShare: number | null;
}

/**
 * Gives the batch normalizations of `model` the statistics of another domain: `BatchNorm`, `SyncBatchNorm`, TF.js's own, and
 * the active branch of domain-specific ones. The variance is that of the population, biased (`moving-average`: the layer's kind).
 * Nothing else of the model changes, and if anything fails, nothing does. All other layers work in inference mode
 * meanwhile (no dropout).
 *
 * @param batches The target's inputs. `exact` reads them once per layer: give an array, or a function that starts anew.
 * Each batch is used until the next is asked for, and stays the caller's to dispose.
 * @returns How far the statistics moved, by layer name, in the order of depth. A layer in a model inside the model goes by
 * both names, `inner/bn1`.
 * @throws if there is nothing to adapt, a layer has batch statistics of another kind (such as BatchRenorm), is frozen or applied more than once, a pass gets no batch or another
 * number of batches than the first, or the statistics are not finite.
 */
export async function adaptBatchNorm(
  model: tfl.LayersModel,
  batches: DomainBatches | (() => DomainBatches),
  { method = 'exact', alpha = 1, batchShare, include = () => true, onPass }: AdaptBatchNormOptions = {},
): Promise<ReadonlyMap<string, StatisticShift>> {
  requireShare('alpha', alpha);
  if (batchShare !== undefined) {
    requireShare('batchShare', batchShare);
    if (method !== 'moving-average') {
      throw new Error(
        `adaptBatchNorm got batchShare with method '${method}', which weighs all values alike: use method ` +
          `'moving-average', or leave batchShare out.`,
      );
    }
  }
  const candidates: Candidate[] = [];
  for (const layer of adaptableLayers(model, include)) {
    candidates.push({ layer, source: await readStatistics(layer) });
  }
  const passes = new BatchPasses(batches, method === 'exact' ? candidates.length : 1, onPass);
  const adaptation: Adaptation = { model, passes, alpha, batchShare: batchShare ?? null };
  try {
    if (method === 'exact') for (const candidate of candidates) await adaptLayer(candidate, adaptation);
    else await adaptInOnePass(candidates, method, adaptation);
    const shifts = new Map<string, StatisticShift>();
    for (const { layer, source } of candidates) {
      shifts.set(layer.name, shiftOf(source, await readStatistics(layer), layer.epsilon));
    }
    return shifts;
  } catch (error) {
    for (const { layer, source } of candidates) writeStatistics(layer, source);
    throw error;
  }
}

/** `exact` for one layer: everything before it is adapted already. */
async function adaptLayer({ layer, source }: Candidate, adaptation: Adaptation): Promise<void> {
  const { model, passes, alpha } = adaptation;
  const pooled = new PooledMoments(source.mean.length);
  await passes.run(async (input) => {
    const observed: Observation[] = [];
    const watcher: InputWatcher = (x) => {
      observed.push(observe(layer, x));
      return 'enough';
    };
    watchInputs(model, input, new Map([[layer.layer, watcher]]));
    await collect(observed, (_, moments, count) => {
      pooled.add(moments, count);
    });
  });
  settle(layer, mix(source, pooled.moments(), alpha));
}

/** The other methods: every layer normalizes by the batch, mixed with the source as the outcome will be. */
async function adaptInOnePass(
  candidates: readonly Candidate[],
  method: 'one-pass' | 'moving-average',
  { model, passes, alpha, batchShare }: Adaptation,
): Promise<void> {
  const pooled = new Map<StatisticLayer, PooledMoments>();
  const averages = new Map<StatisticLayer, ChannelMoments>();
  for (const { layer, source } of candidates) {
    pooled.set(layer, new PooledMoments(source.mean.length));
    averages.set(layer, source);
  }
  await passes.run(async (input) => {
    const observed: Observation[] = [];
    const watchers = new Map<tfl.layers.Layer, InputWatcher>();
    for (const { layer, source } of candidates) {
      watchers.set(layer.layer, (x) => {
        const observation = observe(layer, x);
        observed.push(observation);
        requireSeveral(observation, x, method);
        layer.write(mixOnDevice(source, observation.moments, alpha));
        return 'go on';
      });
    }
    try {
      watchInputs(model, input, watchers);
    } catch (error) {
      discard(observed);
      throw error;
    }
    await collect(observed, (layer, moments, count) => {
      pooled.get(layer)?.add(moments, count);
      const { batchShare: own, variance } = layer.averaging;
      const correction = variance === 'unbiased' ? count / (count - 1) : 1;
      const batch = { ...moments, variance: Array.from(moments.variance, (value) => value * correction) };
      averages.set(layer, mix(averages.get(layer) ?? batch, batch, batchShare ?? own));
    });
  });
  for (const { layer, source } of candidates) {
    const found = method === 'one-pass' ? pooled.get(layer)?.moments() : averages.get(layer);
    settle(layer, mix(source, found ?? source, alpha));
  }
}

/** Writes a layer's new statistics, if they are numbers. */
function settle(layer: StatisticLayer, moments: ChannelMoments): void {
  const finite = [moments.mean, moments.variance].every((values) =>
    Array.from(values).every(Number.isFinite),
  );
  if (!finite) {
    throw new Error(
      `adaptBatchNorm found statistics of layer "${layer.name}" that are not finite: look at the batches for NaN and ` +
        `infinity, or at the layers before it.`,
    );
  }
  writeStatistics(layer, moments);
}

function adaptableLayers(model: tfl.LayersModel, include: (layerName: string) => boolean): StatisticLayer[] {
  const all = statisticLayers(model);
  const other = leafLayers(model).find(({ layer, name }) => include(name) && hasOtherStatistics(layer));
  if (other !== undefined) {
    throw new Error(
      `Layer "${other.name}" is a ${other.layer.getClassName()}, whose statistics adaptBatchNorm cannot replace: use batch ` +
        `normalization, or leave the layer as it is with the option include.`,
    );
  }
  const byBatch = leafLayers(model).find(({ layer }) => infersByBatch(layer) && layer.inferByBatch);
  if (byBatch !== undefined) {
    throw new Error(
      `Layer "${byBatch.name}" infers by the batch and not by the statistics that adaptBatchNorm replaces: call ` +
        `useBatchStatistics with false first.`,
    );
  }
  const layers = all.filter(({ name }) => include(name));
  if (layers.length === 0) {
    throw new Error(
      `Model "${model.name}" has ${all.length} batch normalizations, of which ${layers.length} are to be adapted: use ` +
        `a model with batch normalization, or an option include that takes one in.`,
    );
  }
  for (const { name, frozen, calls } of layers) {
    if (frozen) {
      throw new Error(
        `Layer "${name}" is frozen (trainable is false, or freezeStatistics true), and adapting would change its ` +
          `statistics: unfreeze it, or leave it out with the option include.`,
      );
    }
    if (calls > 1) {
      throw new Error(
        `Layer "${name}" is applied ${calls} times in model "${model.name}", so its inputs have no order of depth: ` +
          `leave it out with the option include.`,
      );
    }
  }
  return layers;
}

const otherStatistics = [
  BatchChannelNorm,
  BatchKalmanNorm,
  BatchRenorm,
  EvoNormB0,
  MovingAverageBatchNorm,
  TransNorm,
];

/** Whether `layer` has statistics of a domain of another kind than a running mean and variance. */
const hasOtherStatistics = (layer: tfl.layers.Layer): boolean =>
  otherStatistics.some((layerClass) => layer instanceof layerClass);

function requireSeveral({ layer, count }: Observation, x: tf.Tensor, method: AdaptationMethod): void {
  if (count > 1) return;
  throw new Error(
    `Layer "${layer.name}" got a batch of shape [${x.shape.join(', ')}], one value per channel, by whose variance ` +
      `method '${method}' cannot normalize: use larger batches, or method 'exact'.`,
  );
}

function requireShare(name: string, share: number): void {
  if (share >= 0 && share <= 1) return;
  throw new Error(`adaptBatchNorm got ${name} ${share}: use a number from 0 to 1.`);
}
