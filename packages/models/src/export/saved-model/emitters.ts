// What each stock layer is in TensorFlow's operations.

import type * as tfl from '@tensorflow/tfjs-layers';
import type { StockClass } from '../stock-classes.ts';
import type { StoredWeight } from '../weight-precision.ts';
import { attribute, type GraphNodes } from './graph-nodes.ts';

/** One layer to be written. */
export interface Emission {
  readonly graph: GraphNodes;
  readonly layer: tfl.layers.Layer;
  /** The nodes whose outputs the layer takes. */
  readonly inputs: readonly string[];
  /** The layer's weights in its own order. */
  readonly weights: readonly StoredWeight[];
}

/** Adds the layer's nodes and gives the name of the one with its output. */
type Emitter = (emission: Emission) => string;

/** The layer's option as a pair; TensorFlow.js keeps one for each spatial axis. */
const pair = (layer: tfl.layers.Layer, option: string): [number, number] =>
  layer.getConfig()[option] as [number, number];

const edges = (layer: tfl.layers.Layer, option: string): [[number, number], [number, number]] =>
  layer.getConfig()[option] as [[number, number], [number, number]];

const only = ({ inputs, layer }: Emission): string => {
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    throw new Error(
      `Layer "${layer.name}" (${layer.getClassName()}) has ${inputs.length} inputs where it can have 1.`,
    );
  }
  return input;
};

const NHWC = { data_format: attribute.text('NHWC') };
const paddingOf = (layer: tfl.layers.Layer) => ({
  padding: attribute.text(String(layer.getConfig()['padding']).toUpperCase()),
});

/** A convolution, whose kernel is the layer's first weight, and its bias. */
function convolution(emission: Emission, op: string, dilations: readonly number[]): string {
  const { graph, layer, weights } = emission;
  const [kernel, bias] = weights;
  const { activation } = layer.getConfig();
  if (kernel === undefined || activation !== 'linear') {
    throw new Error(
      `Layer "${layer.name}" (${layer.getClassName()}) has activation ${String(activation)}, not linear.`,
    );
  }
  const response = graph.float(
    bias === undefined ? layer.name : `${layer.name}/response`,
    op,
    [only(emission), graph.weight(kernel)],
    {
      ...NHWC,
      ...paddingOf(layer),
      strides: attribute.integers(1, ...pair(layer, 'strides'), 1),
      dilations: attribute.integers(1, ...dilations, 1),
    },
  );
  if (bias === undefined) return response;
  return graph.float(layer.name, 'BiasAdd', [response, graph.weight(bias)], NHWC);
}

/** Mean over `axes`, kept as axes of one element where `keep`. */
function mean(
  graph: GraphNodes,
  name: string,
  input: string,
  axes: readonly number[],
  keep: boolean,
): string {
  return graph.float(name, 'Mean', [input, graph.integers(`${name}/axes`, axes)], {
    Tidx: attribute.type('int32'),
    keep_dims: attribute.flag(keep),
  });
}

/** (x − mean) / sqrt(variance + ε) over the layer's axes. */
const layerNormalization: Emitter = (emission) => {
  const { graph, layer, weights } = emission;
  const { name } = layer;
  if (weights.length > 0)
    throw new Error(`Layer "${name}" (LayerNormalization) has a scale or an offset of its own.`);
  const { axis, epsilon } = layer.getConfig();
  const x = only(emission);
  const axes = axis as number[];
  const center = mean(graph, `${name}/mean`, x, axes, true);
  const squares = graph.float(`${name}/squares`, 'SquaredDifference', [x, center]);
  const variance = mean(graph, `${name}/variance`, squares, axes, true);
  const shifted = graph.float(`${name}/shifted`, 'AddV2', [
    variance,
    graph.floats(`${name}/epsilon`, [Number(epsilon)], []),
  ]);
  const inverse = graph.float(`${name}/inverse`, 'Rsqrt', [shifted]);
  const centred = graph.float(`${name}/centred`, 'Sub', [x, center]);
  return graph.float(name, 'Mul', [centred, inverse]);
};

/** As FusedBatchNormV3 in inference, which takes γ, β, mean and variance in the layer's order. */
const batchNormalization: Emitter = (emission) => {
  const { graph, layer, weights } = emission;
  if (weights.length !== 4)
    throw new Error(`Layer "${layer.name}" (BatchNormalization) lacks its scale or its offset.`);
  return graph.float(
    layer.name,
    'FusedBatchNormV3',
    [only(emission), ...weights.map((weight) => graph.weight(weight))],
    {
      U: attribute.type('float'),
      ...NHWC,
      epsilon: { f: Number(layer.getConfig()['epsilon']) },
      is_training: attribute.flag(false),
    },
  );
};

const upSampling: Emitter = (emission) => {
  const { graph, layer } = emission;
  const [, height, width] = layer.outputShape as number[];
  const isNearest = layer.getConfig()['interpolation'] === 'nearest';
  const size = graph.integers(`${layer.name}/size`, [height ?? 0, width ?? 0]);
  return graph.float(
    layer.name,
    isNearest ? 'ResizeNearestNeighbor' : 'ResizeBilinear',
    [only(emission), size],
    { align_corners: attribute.flag(false), half_pixel_centers: attribute.flag(false) },
  );
};

const cropping: Emitter = (emission) => {
  const { graph, layer } = emission;
  const [[top], [left]] = edges(layer, 'cropping');
  const [, height, width] = layer.outputShape as number[];
  const begin = graph.integers(`${layer.name}/begin`, [0, top, left, 0]);
  const size = graph.integers(`${layer.name}/size`, [-1, height ?? 0, width ?? 0, -1]);
  return graph.float(layer.name, 'Slice', [only(emission), begin, size], { Index: attribute.type('int32') });
};

const rectifier: Emitter = (emission) => {
  const { graph, layer } = emission;
  const { maxValue } = layer.getConfig();
  if (maxValue === undefined || maxValue === null) return graph.float(layer.name, 'Relu', [only(emission)]);
  if (maxValue === 6) return graph.float(layer.name, 'Relu6', [only(emission)]);
  const positive = graph.float(`${layer.name}/positive`, 'Relu', [only(emission)]);
  const most = graph.floats(`${layer.name}/most`, [Number(maxValue)], []);
  return graph.float(layer.name, 'Minimum', [positive, most]);
};

/** TensorFlow's pooling leaves the padding out, of the mean as well. */
function pooling(emission: Emission, op: string): string {
  const { graph, layer } = emission;
  return graph.float(layer.name, op, [only(emission)], {
    ...NHWC,
    ...paddingOf(layer),
    ksize: attribute.integers(1, ...pair(layer, 'poolSize'), 1),
    strides: attribute.integers(1, ...pair(layer, 'strides'), 1),
  });
}

const sum = ({ graph, inputs }: Emission, name: string): string =>
  graph.float(name, 'AddN', inputs, { N: attribute.integer(inputs.length) });

export const EMITTERS = {
  InputLayer: ({ graph, layer }) =>
    graph.add(layer.name, 'Placeholder', [], {
      dtype: attribute.type('float'),
      shape: attribute.shape(layer.outputShape as (number | null)[]),
    }),
  Conv2D: (emission) => convolution(emission, 'Conv2D', pair(emission.layer, 'dilationRate')),
  // TensorFlow.js's layer has no dilation (4.22): its kernel is spread out instead.
  DepthwiseConv2D: (emission) => convolution(emission, 'DepthwiseConv2dNative', [1, 1]),
  ZeroPadding2D: (emission) => {
    const { graph, layer } = emission;
    const paddings = [[0, 0], ...edges(layer, 'padding'), [0, 0]].flat();
    const edge = graph.integers(`${layer.name}/paddings`, paddings, [4, 2]);
    return graph.float(layer.name, 'Pad', [only(emission), edge], { Tpaddings: attribute.type('int32') });
  },
  Cropping2D: cropping,
  UpSampling2D: upSampling,
  MaxPooling2D: (emission) => pooling(emission, 'MaxPool'),
  AveragePooling2D: (emission) => pooling(emission, 'AvgPool'),
  GlobalAveragePooling2D: (emission) =>
    mean(emission.graph, emission.layer.name, only(emission), [1, 2], false),
  Reshape: (emission) => {
    const { graph, layer } = emission;
    const target = graph.integers(`${layer.name}/shape`, [
      -1,
      ...(layer.getConfig()['targetShape'] as number[]),
    ]);
    return graph.float(layer.name, 'Reshape', [only(emission), target], { Tshape: attribute.type('int32') });
  },
  Permute: (emission) => {
    const { graph, layer } = emission;
    const order = graph.integers(`${layer.name}/order`, [0, ...(layer.getConfig()['dims'] as number[])]);
    return graph.float(layer.name, 'Transpose', [only(emission), order], { Tperm: attribute.type('int32') });
  },
  LayerNormalization: layerNormalization,
  BatchNormalization: batchNormalization,
  ReLU: rectifier,
  Add: (emission) => sum(emission, emission.layer.name),
  Average: (emission) => {
    const { graph, layer, inputs } = emission;
    const share = graph.floats(`${layer.name}/share`, [1 / inputs.length], []);
    return graph.float(layer.name, 'Mul', [sum(emission, `${layer.name}/sum`), share]);
  },
  Concatenate: ({ graph, layer, inputs }) => {
    const axis = graph.integers(`${layer.name}/axis`, [Number(layer.getConfig()['axis'])], []);
    return graph.float(layer.name, 'ConcatV2', [...inputs, axis], {
      N: attribute.integer(inputs.length),
      Tidx: attribute.type('int32'),
    });
  },
} as const satisfies Record<StockClass, Emitter>;
