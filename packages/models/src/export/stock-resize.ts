// Bilinear resizing with aligned corners in stock layers.

import { applyTo } from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';
import type { ResizeLike } from '../layers/resize-like.ts';
import { knownShape } from './known-shape.ts';

/**
 * The map resized to the size of `like`. Stock UpSampling2D by the factor s samples output pixel i at i / s, and so do
 * aligned corners from h to s · (h − 1) + 1 pixels: they are the first pixels of the upsampled map, and the others are cut off.
 *
 * @throws if the sizes are not related like that.
 */
export function stockResize(
  layer: ResizeLike,
  map: tfl.SymbolicTensor,
  like: tfl.SymbolicTensor,
): tfl.SymbolicTensor[] {
  const { name } = layer;
  const [height, width] = knownShape(map, layer);
  const [wantedHeight, wantedWidth] = knownShape(like, layer);
  if (height === wantedHeight && width === wantedWidth) return [map];
  const factor = (from: number, to: number): number => (from === 1 ? to : (to - 1) / (from - 1));
  const size: [number, number] = [factor(height, wantedHeight), factor(width, wantedWidth)];
  if (!size.every((times) => Number.isInteger(times) && times >= 1)) {
    throw new Error(
      `Layer "${name}" resizes ${height}×${width} pixels to ${wantedHeight}×${wantedWidth} with aligned corners, which stock ` +
        `layers can do from h to s · (h − 1) + 1 only: export for a size of k · output stride + 1 pixels.`,
    );
  }
  const cut = [size[0] * height - wantedHeight, size[1] * width - wantedWidth] as const;
  const interpolation = height === 1 && width === 1 ? 'nearest' : 'bilinear';
  const isWhole = cut.every((pixels) => pixels === 0);
  const upsampling = { name: isWhole ? name : `${name}_upsampling`, size, interpolation } as const;
  const upsampled = applyTo(tfl.layers.upSampling2d(upsampling), [map]);
  if (isWhole) return upsampled;
  const cropping: [[number, number], [number, number]] = [
    [0, cut[0]],
    [0, cut[1]],
  ];
  return applyTo(tfl.layers.cropping2D({ name, cropping }), upsampled);
}
