// PyTorch's max-pooling and average-pooling in stock layers.

import { applyTo } from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';
import type { AveragePool } from '../layers/average-pool.ts';
import { pixelsBehind, type MaxPool } from '../layers/max-pool.ts';
import { knownShape } from './known-shape.ts';

/** Whether stock padding "same" puts around `length` pixels what the layer does; the odd pixel of it is behind them. */
function isSame(length: number, options: MaxPool['options']): boolean {
  const { size, strides, padding } = options;
  const total = (Math.ceil(length / strides) - 1) * strides + size - length;
  const behind = padding + pixelsBehind(length, options);
  return Math.floor(total / 2) === padding && Math.ceil(total / 2) === behind;
}

/**
 * Max-pooling with pixels around the map that never win: stock padding "same" where it is symmetric at this size, zeros
 * behind a rectifier, where they never win either.
 *
 * @throws where neither holds.
 */
export function stockMaxPool(layer: MaxPool, map: tfl.SymbolicTensor): tfl.SymbolicTensor[] {
  const { name } = layer;
  const { size, strides, padding } = layer.options;
  const [height, width] = knownShape(map, layer);
  const pool = (mode: 'same' | 'valid'): tfl.layers.Layer =>
    tfl.layers.maxPooling2d({ name, poolSize: size, strides, padding: mode });
  const below = pixelsBehind(height, layer.options);
  const right = pixelsBehind(width, layer.options);
  if (padding + below + right === 0) return applyTo(pool('valid'), [map]);
  if (isSame(height, layer.options) && isSame(width, layer.options)) return applyTo(pool('same'), [map]);
  if (map.sourceLayer.getClassName() !== 'ReLU') {
    throw new Error(
      `Layer "${name}" pads ${height}×${width} pixels by ${padding} for its maximum, which stock layers can do for odd sizes or ` +
        'behind a rectifier only: export for a size of k · output stride + 1 pixels.',
    );
  }
  const edges: [[number, number], [number, number]] = [
    [padding, padding + below],
    [padding, padding + right],
  ];
  const zeros = tfl.layers.zeroPadding2d({ name: `${name}_padding`, padding: edges });
  return applyTo(pool('valid'), applyTo(zeros, [map]));
}

/**
 * The map moved up (axis 1) or left (axis 2) by `pixels`; what would come from outside is what was there before, so that
 * its mean with the map is the map itself.
 */
function moved(name: string, map: tfl.SymbolicTensor, axis: 1 | 2, pixels: number): tfl.SymbolicTensor[] {
  const length = map.shape[axis] ?? 0;
  const cropped = (part: string, before: number, after: number): tfl.SymbolicTensor[] => {
    const none: [number, number] = [0, 0];
    const cut: [number, number] = [before, after];
    const cropping: [[number, number], [number, number]] = axis === 1 ? [cut, none] : [none, cut];
    return applyTo(tfl.layers.cropping2D({ name: `${name}_${part}`, cropping }), [map]);
  };
  const parts = [...cropped('moved', pixels, 0), ...cropped('edge', length - pixels, 0)];
  return applyTo(tfl.layers.concatenate({ name: `${name}_shifted`, axis }), parts);
}

/**
 * Average-pooling of windows that begin at a pixel, without what lies outside: stock padding "same" does that where it puts
 * at most one pixel around; two taps apart by a dilation are the mean of the map and the map moved by it.
 *
 * @throws for other windows.
 */
export function stockAveragePool(layer: AveragePool, map: tfl.SymbolicTensor): tfl.SymbolicTensor[] {
  const { name } = layer;
  const { size, strides, dilation } = layer.window;
  const [height, width] = knownShape(map, layer);
  if (size === 2 && dilation === 1 && strides <= 2) {
    return applyTo(tfl.layers.averagePooling2d({ name, poolSize: size, strides, padding: 'same' }), [map]);
  }
  if (size !== 2 || strides !== 1 || dilation >= Math.min(height, width)) {
    throw new Error(
      `Layer "${name}" averages ${size}×${size} taps ${dilation} pixels apart at stride ${strides} on ${height}×${width} ` +
        'pixels, which stock layers can do for 2×2 neighbours, or for stride 1 inside the map only.',
    );
  }
  const rows = moved(`${name}_rows`, map, 1, dilation);
  const [vertical] = applyTo(tfl.layers.average({ name: `${name}_vertical` }), [map, ...rows]);
  if (vertical === undefined) throw new Error(`Layer "${name}" was replaced by nothing.`);
  const columns = moved(`${name}_columns`, vertical, 2, dilation);
  return applyTo(tfl.layers.average({ name }), [vertical, ...columns]);
}
