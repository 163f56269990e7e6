// Which normalizations a kernel layer can take in: those that are an affine map per channel and see its output alone.

import type * as tfl from '@tensorflow/tfjs-layers';
import { isAffineInInference, type ChannelAffine } from '../layers/channel-affine.ts';
import { layerCalls } from '../rebuild.ts';
import { isStockBatchNorm, onLastAxis, stockAffine } from './stock-batch-norm.ts';
import { isPlainStockKernel } from './stock-kernels.ts';

/** The affine map that `layer` is in inference, or null if it is none. The caller disposes it. */
export function affineOf(layer: tfl.layers.Layer): ChannelAffine | null {
  if (isAffineInInference(layer)) return layer.inferenceAffine();
  return isStockBatchNorm(layer) ? stockAffine(layer) : null;
}

/** Whether `affineOf` gives a map. */
export const isAffine = (layer: tfl.layers.Layer): boolean =>
  isAffineInInference(layer) || isStockBatchNorm(layer);

/**
 * The kernel layer that takes in each normalization: the one directly before it, where nothing else reads its output
 * and it has no activation inside.
 *
 * @param isKernel Which layers of this package have a kernel.
 * @param isNorm Which layers are looked at. Default: those that are affine maps in inference.
 */
export function absorbingLayers(
  model: tfl.LayersModel,
  isKernel: (layer: tfl.layers.Layer) => boolean,
  isNorm: (layer: tfl.layers.Layer) => boolean = isAffine,
): Map<tfl.layers.Layer, tfl.layers.Layer> {
  const calls = layerCalls(model);
  const readers = new Map<tfl.SymbolicTensor, number>();
  const count = (tensor: tfl.SymbolicTensor): unknown => readers.set(tensor, (readers.get(tensor) ?? 0) + 1);
  for (const { inputTensors } of calls) inputTensors.forEach(count);
  model.outputs.forEach(count);
  const uses = new Map<tfl.layers.Layer, number>();
  for (const { outboundLayer } of calls) uses.set(outboundLayer, (uses.get(outboundLayer) ?? 0) + 1);
  const absorbing = new Map<tfl.layers.Layer, tfl.layers.Layer>();
  for (const { outboundLayer: norm, inputTensors } of calls) {
    const [input] = inputTensors;
    if (input === undefined || !isNorm(norm)) continue;
    const kernelLayer = input.sourceLayer;
    if (!isPlainStockKernel(kernelLayer) && !isKernel(kernelLayer)) continue;
    const alone = readers.get(input) === 1 && uses.get(norm) === 1 && uses.get(kernelLayer) === 1;
    // Another axis than the channels cannot be part of the kernel.
    if (alone && (!isStockBatchNorm(norm) || onLastAxis(norm))) absorbing.set(norm, kernelLayer);
  }
  return absorbing;
}
