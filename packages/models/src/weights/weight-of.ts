import type * as tfl from '@tensorflow/tfjs-layers';

/** A layer's own weight by its name, such as `kernel`. */
export const weightOf = (layer: tfl.layers.Layer, name: string): tfl.LayerVariable | undefined =>
  layer.weights.find(({ originalName }) => originalName.endsWith(`/${name}`));
