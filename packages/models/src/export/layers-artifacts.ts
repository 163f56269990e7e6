// A model as the files that `tf.loadLayersModel` reads: model.json, and the weights in shards of 4 MiB, which browsers cache.

import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { storedWeights, type WeightPrecision } from './weight-precision.ts';

/** One file of an exported model. */
export interface ExportedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const SHARD_BYTES = 4 * 2 ** 20;

export interface LayersArtifactOptions {
  /** Default `float32`. */
  precision?: WeightPrecision;
  /** Plain data that the loaded model's `getUserDefinedMetadata` gives back. */
  metadata?: Readonly<Record<string, unknown>>;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

/** The files of `model`, model.json first. */
export function layersArtifacts(model: tfl.LayersModel, options: LayersArtifactOptions = {}): ExportedFile[] {
  const weights = storedWeights(model, options.precision ?? 'float32');
  const data = joined(weights.map(({ bytes }) => bytes));
  const count = Math.max(1, Math.ceil(data.length / SHARD_BYTES));
  const shards = Array.from({ length: count }, (_, index) => ({
    name: `group1-shard${index + 1}of${count}.bin`,
    bytes: data.subarray(index * SHARD_BYTES, (index + 1) * SHARD_BYTES),
  }));
  const json: tf.io.ModelJSON = {
    format: 'layers-model',
    generatedBy: `TensorFlow.js tfjs-layers v${tfl.version_layers}`,
    convertedBy: 'Plumbline',
    modelTopology: model.toJSON(undefined, false) as object,
    weightsManifest: [
      {
        paths: shards.map(({ name }) => name),
        weights: weights.map(({ name, shape, quantization }) => ({
          name,
          shape: [...shape],
          dtype: 'float32',
          ...(quantization === undefined ? {} : { quantization }),
        })),
      },
    ],
    ...(options.metadata === undefined
      ? {}
      : { userDefinedMetadata: { ...options.metadata } as Record<string, object> }),
  };
  return [{ name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(json)) }, ...shards];
}
