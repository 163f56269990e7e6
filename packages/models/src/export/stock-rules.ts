// What each layer of these packages is in layers of TensorFlow.js itself. Layers that `fold` replaces are not here.

import {
  applyTo,
  GroupKalmanNorm,
  GroupNorm,
  KalmanConv2D,
  NormConv2D,
  SeededDropout,
  type LayerCall,
} from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';
import { AveragePool } from '../layers/average-pool.ts';
import { GlobalAverage } from '../layers/global-average.ts';
import { MaxPool } from '../layers/max-pool.ts';
import { Relu6 } from '../layers/relu6.ts';
import { ResizeLike } from '../layers/resize-like.ts';
import { knownShape } from './known-shape.ts';
import { stockGroupNorm } from './stock-group-norm.ts';
import { stockGroupedConvolution } from './stock-grouped-convolution.ts';
import { stockAveragePool, stockMaxPool } from './stock-pool.ts';
import { stockResize } from './stock-resize.ts';

/** The outputs of the stock layers that stand for a layer's call; null if the rule is not for this layer. */
type StockRule = (call: LayerCall) => tfl.SymbolicTensor[] | null;

/** A rule for the layers of one class and its subclasses. */
const ruleFor =
  <L extends tfl.layers.Layer>(
    layerClass: abstract new (...args: never[]) => L,
    rewrite: (layer: L, call: LayerCall) => tfl.SymbolicTensor[] | null,
  ): StockRule =>
  (call) =>
    call.layer instanceof layerClass ? rewrite(call.layer, call) : null;

const RULES: readonly StockRule[] = [
  ruleFor(Relu6, ({ name }, { inputs }) => applyTo(tfl.layers.reLU({ name, maxValue: 6 }), inputs())),
  ruleFor(SeededDropout, (_, { inputs }) => inputs()),
  ruleFor(GlobalAverage, (layer, { input }) => {
    const { name } = layer;
    const [, , channels] = knownShape(input(0), layer);
    const mean = applyTo(tfl.layers.globalAveragePooling2d({ name: `${name}_mean` }), [input(0)]);
    return applyTo(tfl.layers.reshape({ name, targetShape: [1, 1, channels] }), mean);
  }),
  ruleFor(MaxPool, (layer, { input }) => stockMaxPool(layer, input(0))),
  ruleFor(AveragePool, (layer, { input }) => stockAveragePool(layer, input(0))),
  ruleFor(ResizeLike, (layer, { input }) => stockResize(layer, input(0), input(1))),
  // All but those that hand on moments, and those in groups, are stock layers by now.
  ruleFor(NormConv2D, (layer, { input }) =>
    layer instanceof KalmanConv2D ? null : stockGroupedConvolution(layer, input(0)),
  ),
  // It blends its statistics with predicted ones, so that being a GroupNorm does not say what it computes.
  ruleFor(GroupNorm, (layer, { input }) =>
    layer instanceof GroupKalmanNorm ? null : stockGroupNorm(layer, input(0)),
  ),
];

/** `call` in stock layers, where one of these packages' layers is called that has such a form; else null. */
export function inStockLayers(call: LayerCall): tfl.SymbolicTensor[] | null {
  for (const rule of RULES) {
    const outputs = rule(call);
    if (outputs !== null) return outputs;
  }
  return null;
}
