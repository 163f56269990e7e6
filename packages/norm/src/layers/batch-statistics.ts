// What layers with batch statistics have in common: by what a call normalizes, and that the two domains of a training
// batch may be normalized apart.
//
// Both choices are of the moment, like the processes of a SyncBatchNorm: they are properties that `splitDomains` and
// `useBatchStatistics` set, no part of the configuration, and a copy or a loaded model begins without them.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/** A layer that can normalize the two domains of a training batch apart. */
export interface SplitsDomains extends tfl.layers.Layer {
  /** How many samples of a training batch, the first ones, are of the source; null: the batch is one. */
  sourceCount: number | null;
}

/** A layer that can normalize by the batch in inference as well. */
export interface InfersByBatch extends tfl.layers.Layer {
  /** Whether inference normalizes by the batch, and leaves the running statistics alone. */
  inferByBatch: boolean;
}

export const splitsDomains = (layer: tfl.layers.Layer): layer is SplitsDomains =>
  (layer as Partial<SplitsDomains>).sourceCount !== undefined;

export const infersByBatch = (layer: tfl.layers.Layer): layer is InfersByBatch =>
  (layer as Partial<InfersByBatch>).inferByBatch !== undefined;

/** By what a batch, or one domain's part of it, is normalized. */
export interface BatchUse {
  /** By the batch, or by the running statistics. */
  readonly byBatch: boolean;
  /** Whether the running statistics advance. */
  readonly advances: boolean;
  /** Samples that are normalized apart from those after them; null: all together. */
  readonly sourceCount: number | null;
  /** Which part this is: the source (0), the target (1), or the whole (null). */
  readonly domain: number | null;
}

/** What a call with `kwargs` means to `layer`, which is `frozen` (normalizes by its running statistics in training) or not. */
export function batchUse(
  layer: InfersByBatch & Partial<SplitsDomains>,
  kwargs: Record<string, unknown>,
  frozen: boolean,
): BatchUse {
  const training = kwargs['training'] === true;
  const advances = training && !frozen;
  return {
    byBatch: advances || (!training && layer.inferByBatch),
    advances,
    sourceCount: advances ? (layer.sourceCount ?? null) : null,
    domain: null,
  };
}

/** One part of a batch and its use. */
export interface DomainPart {
  readonly part: tf.Tensor;
  readonly use: BatchUse;
}

/** The samples of `x` [N, …] that are normalized together: all, or the source's and the target's. */
export function domainParts(layer: tfl.layers.Layer, x: tf.Tensor, use: BatchUse): DomainPart[] {
  const { sourceCount } = use;
  if (sourceCount === null) return [{ part: x, use }];
  const samples = x.shape[0] ?? 0;
  if (sourceCount >= samples) {
    throw new Error(
      `${layer.getClassName()} "${layer.name}" got a training batch of ${samples} samples of which the first ` +
        `${sourceCount} are the source's: give it one or more of the target after them, or call splitDomains with null.`,
    );
  }
  const parts = tf.split(x, [sourceCount, samples - sourceCount]);
  return parts.map((part, domain) => ({ part, use: { ...use, sourceCount: null, domain } }));
}

/** Normalizes `x` [N, …, C] whole, or its domains one after the other, the source first. */
export function perDomain(
  layer: tfl.layers.Layer,
  x: tf.Tensor,
  use: BatchUse,
  normalize: (part: tf.Tensor, use: BatchUse) => tf.Tensor,
): tf.Tensor {
  if (use.sourceCount === null) return normalize(x, use);
  return tf.concat(domainParts(layer, x, use).map((piece) => normalize(piece.part, piece.use)));
}

/** What an error calls `layer` and the part of a batch that it got. */
export function nameInUse(layer: tfl.layers.Layer, { byBatch, advances, domain }: BatchUse): string {
  const part = domain === null ? '' : ` (the ${domain === 0 ? 'source' : 'target'}'s part)`;
  const why = byBatch && !advances ? ' (by useBatchStatistics as in training)' : '';
  return `${layer.getClassName()} "${layer.name}"${part}${why}`;
}
