import type * as tfl from '@tensorflow/tfjs-layers';

/** Height, width and channels of a map whose size is known; `layer` is the one that needs them. */
export function knownShape(
  map: tfl.SymbolicTensor,
  layer: tfl.layers.Layer,
): [height: number, width: number, channels: number] {
  const [, height, width, channels, ...more] = map.shape;
  if (typeof height === 'number' && typeof width === 'number' && typeof channels === 'number') {
    if (more.length === 0) return [height, width, channels];
  }
  throw new Error(
    `Layer "${layer.name}" (${layer.getClassName()}) got a map of shape [${map.shape.map((size) => size ?? '?').join(', ')}], ` +
      'but can be exported only for maps [N, H, W, C] of a known size.',
  );
}
