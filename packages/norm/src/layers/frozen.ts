// Whether a layer learns. A layer can be frozen by itself or with the model it is in.

import type * as tfl from '@tensorflow/tfjs-layers';

/**
 * Whether `layer`, which has trainable weights by its nature, is frozen: by its own `trainable`, or because a model around
 * it was, where TF.js changes the weights alone.
 */
export const isFrozen = (layer: tfl.layers.Layer): boolean => layer.trainableWeights.length === 0;
