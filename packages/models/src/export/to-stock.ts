// A trained network as layers of TensorFlow.js itself: it loads where none of these packages is.

import {
  applyTo,
  fold,
  rewriteModel,
  unbuiltCopy,
  type LayerCall,
  type RewrittenInput,
} from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { stockClassOf } from './stock-classes.ts';
import { inStockLayers } from './stock-rules.ts';

/** Statistics of RGB values in 0…1; the network was trained on (value / 255 − mean) / std. */
export interface PixelStatistics {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

export interface StockOptions {
  /** Height and width of the input, in pixels. */
  size: number;
  /** Makes an input of pixels, RGB in 0…255, and their normalization a part of the model; null (default): the input is as it was. */
  pixels?: PixelStatistics | null;
}

/** (value / 255 − mean) / std as a layer. */
function normalizedPixels(pixels: tfl.SymbolicTensor, { mean, std }: PixelStatistics): tfl.SymbolicTensor {
  const layer = tfl.layers.batchNormalization({ name: 'pixels', epsilon: 0 });
  const [normalized] = applyTo(layer, [pixels]);
  tf.tidy(() => {
    const scale = tf.tensor1d(std.map((deviation) => 1 / (255 * deviation)));
    const shift = tf.tensor1d(mean.map((value, channel) => -value / (std[channel] ?? 1)));
    layer.setWeights([scale, shift, tf.zerosLike(scale), tf.onesLike(scale)]);
  });
  return normalized as tfl.SymbolicTensor;
}

/** The new model's input, of a fixed size. */
const sizedInput =
  ({ size, pixels = null }: StockOptions) =>
  (old: tfl.SymbolicTensor): RewrittenInput => {
    const shape = [size, size, old.shape[3] ?? null];
    const input = tfl.input({ shape, dtype: old.dtype, name: old.sourceLayer.name });
    return { input, tensor: pixels === null ? input : normalizedPixels(input, pixels) };
  };

/**
 * The same function in inference, for inputs of one size, in stock layers alone. What `fold` leaves is composed of them;
 * layers keep their names, so that the weights do.
 *
 * A second output, as that of an auxiliary head, is left out with all that only it needs.
 *
 * @param model Built, with its weights; [N, H, W, 3] → maps of its own. It is left as it is.
 * @throws with one sentence where a layer has no such form, or has none at this size.
 */
export function toStock(model: tfl.LayersModel, options: StockOptions): tfl.LayersModel {
  if (!Number.isInteger(options.size) || options.size < 1) {
    throw new Error(
      `An exported model got size ${options.size}: give the side of its input, a whole number of pixels.`,
    );
  }
  const [output] = model.outputs;
  if (output === undefined) throw new Error(`Model "${model.name}" has no output.`);
  const { model: folded, remaining } = fold(
    tfl.model({ inputs: model.inputs, outputs: output, name: model.name }),
  );
  const reasons = new Map(remaining.map(({ layer, reason }) => [layer, reason]));
  const copies = new Map<tfl.layers.Layer, tfl.layers.Layer>();
  const rewrite = (call: LayerCall): tfl.SymbolicTensor[] => {
    const { layer, inputs } = call;
    const composed = inStockLayers(call);
    if (composed !== null) return composed;
    if (stockClassOf(layer) === null) {
      const reason = reasons.get(layer.name) ?? 'TensorFlow.js has no such layer';
      throw new Error(`Layer "${layer.name}" (${layer.getClassName()}) cannot be exported: ${reason}.`);
    }
    const known = copies.get(layer);
    const copy = known ?? unbuiltCopy(layer);
    const outputs = applyTo(copy, inputs());
    if (known === undefined) copy.setWeights(layer.getWeights());
    copies.set(layer, copy);
    return outputs;
  };
  try {
    return rewriteModel(folded, rewrite, sizedInput(options));
  } finally {
    folded.dispose();
  }
}
