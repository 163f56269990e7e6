// The layers of TensorFlow.js itself that an exported model may hold.

import type * as tfl from '@tensorflow/tfjs-layers';

/** Class names, because TensorFlow.js exports functions that make its layers and not their classes. */
export const STOCK_CLASSES = [
  'InputLayer',
  'Conv2D',
  'DepthwiseConv2D',
  'ZeroPadding2D',
  'Cropping2D',
  'UpSampling2D',
  'MaxPooling2D',
  'AveragePooling2D',
  'GlobalAveragePooling2D',
  'Reshape',
  'Permute',
  'LayerNormalization',
  'BatchNormalization',
  'ReLU',
  'Add',
  'Average',
  'Concatenate',
] as const;

export type StockClass = (typeof STOCK_CLASSES)[number];

/** Which of them `layer` is; null if it is none. */
export const stockClassOf = (layer: tfl.layers.Layer): StockClass | null =>
  STOCK_CLASSES.find((name) => name === layer.getClassName()) ?? null;
