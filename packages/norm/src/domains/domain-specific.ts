// Models with domain-specific batch normalization: made from ordinary ones, and switched from domain to domain.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { isStockBatchNorm, onLastAxis } from '../fold/stock-batch-norm.ts';
import { BatchNorm, type BatchNormArgs } from '../layers/batch-norm.ts';
import { DomainSpecificBatchNorm } from '../layers/domain-specific-batch-norm.ts';
import { rebuildModel } from '../rebuild.ts';
import { requireWeight } from '../layers/named-weight.ts';
import { leafLayers } from './statistic-layers.ts';

/**
 * Makes `domain`, from 0, the active one in every DomainSpecificBatchNorm of `model`: the whole of each following batch
 * is taken to be of it, in training and in inference.
 *
 * @throws if the model has no such layer, or a layer has no such domain. Nothing is changed then.
 */
export function setDomain(model: tfl.LayersModel, domain: number): void {
  const layers = leafLayers(model)
    .map(({ layer }) => layer)
    .filter((layer) => layer instanceof DomainSpecificBatchNorm);
  if (layers.length === 0) {
    throw new Error(
      `Model "${model.name}" has no DomainSpecificBatchNorm whose domain could be set: convert it with ` +
        `toDomainSpecific first.`,
    );
  }
  const before = layers.map((layer) => layer.domain);
  try {
    for (const layer of layers) layer.domain = domain;
  } catch (error) {
    layers.forEach((layer, i) => {
      layer.domain = before[i] ?? 0;
    });
    throw error;
  }
}

export interface ToDomainSpecificOptions {
  /** Number of domains. Default 2. */
  domains?: number;
}

/**
 * A copy of `model` in which a DomainSpecificBatchNorm stands for every BatchNorm and every TF.js batchNormalization. All
 * its branches begin with the weights and statistics of the layer they replace, so that at first the copy is the same
 * function in every domain, and active is domain 0. Where a batchNormalization had no scale or offset, the copy has one
 * that begins at 1 or 0 and learns.
 *
 * @throws if there is no layer to replace, or one that has no counterpart: channels that are not the last axis,
 * regularizers or constraints.
 */
export function toDomainSpecific(
  model: tfl.LayersModel,
  { domains = 2 }: ToDomainSpecificOptions = {},
): tfl.LayersModel {
  const replaced: [from: tfl.layers.Layer, to: DomainSpecificBatchNorm][] = [];
  const copy = rebuildModel(model, (layer) => {
    const args = batchNormArgs(layer);
    if (args === null) return null;
    const replacement = new DomainSpecificBatchNorm({ ...args, domains });
    replaced.push([layer, replacement]);
    return replacement;
  });
  if (replaced.length === 0) {
    copy.dispose();
    throw new Error(
      `Model "${model.name}" has no BatchNorm or batchNormalization that could become domain-specific: use a model ` +
        `with batch normalization.`,
    );
  }
  for (const [from, to] of replaced) {
    for (const weight of to.weights) copyToAllBranches(from, weight, domains);
  }
  return copy;
}

/** What makes a BatchNorm equal to `layer`; null if it is no batch normalization. */
function batchNormArgs(layer: tfl.layers.Layer): BatchNormArgs | null {
  if (layer instanceof BatchNorm && layer.getClassName() === BatchNorm.className) {
    return layer.getConfig() as unknown as BatchNormArgs;
  }
  if (!isStockBatchNorm(layer)) return null;
  const config = layer.getConfig();
  if (!onLastAxis(layer)) {
    throw new Error(
      `Layer "${layer.name}" normalizes axis ${String(config['axis'])} of its input, but a DomainSpecificBatchNorm the ` +
        `last: put the channels last.`,
    );
  }
  const extras = ['gammaRegularizer', 'betaRegularizer', 'gammaConstraint', 'betaConstraint'] as const;
  const extra = extras.find((key) => config[key] !== null && config[key] !== undefined);
  if (extra !== undefined) {
    throw new Error(
      `Layer "${layer.name}" has a ${extra}, which a DomainSpecificBatchNorm does not take: make the model without it.`,
    );
  }
  return {
    name: layer.name,
    trainable: layer.trainable,
    convention: 'keras',
    epsilon: config['epsilon'] as number,
    momentum: config['momentum'] as number,
  };
}

const stockNames: Readonly<Record<string, string>> = {
  movingMean: 'moving_mean',
  movingVariance: 'moving_variance',
};

/** Fills every row of `weight` [D, C] with the weight of the same meaning in `from`, if it has one. */
function copyToAllBranches(from: tfl.layers.Layer, weight: tfl.LayerVariable, domains: number): void {
  const name = weight.originalName.split('/').at(-1) ?? '';
  const original = isStockBatchNorm(from) ? (stockNames[name] ?? name) : name;
  const missing = { gamma: 'scale', beta: 'center' }[original];
  if (missing !== undefined && from.getConfig()[missing] === false) return;
  tf.tidy(() => {
    const values = requireWeight(from, original).read();
    weight.write(tf.stack(Array.from({ length: domains }, () => values)));
  });
}
