// The layers of a model, those of models inside it included.

import * as tfl from '@tensorflow/tfjs-layers';

/** Every layer that is no model itself, in the model's order. */
export const leafLayers = (model: tfl.LayersModel): tfl.layers.Layer[] =>
  model.layers.flatMap((layer) => (layer instanceof tfl.LayersModel ? leafLayers(layer) : [layer]));
