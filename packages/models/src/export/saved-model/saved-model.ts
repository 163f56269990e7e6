// A stock model as a TensorFlow SavedModel: one graph with its weights as constants, no variables.

import { layerCalls } from '@plumbline/norm';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { ExportedFile } from '../layers-artifacts.ts';
import { stockClassOf } from '../stock-classes.ts';
import { storedWeights, type StoredWeight, type WeightPrecision } from '../weight-precision.ts';
import { EMITTERS } from './emitters.ts';
import { GraphNodes } from './graph-nodes.ts';
import { DataType, shapeMessage } from '@plumbline/ops/saved-model';
import { encodeSavedModel } from './encode-saved-model.ts';

/** The graph version of TensorFlow 2.9, whose operations are all that is used; newer ones read it. */
const PRODUCER = 1087;

export interface SavedModelOptions {
  /** Default `float32`. Smaller ones are stored, and made float32 by the graph. */
  precision?: WeightPrecision;
  /** What the signature calls the output. Default `logits`. */
  outputName?: string;
}

const tensorInfo = (node: string, shape: readonly (number | null)[]): object => ({
  name: `${node}:0`,
  dtype: DataType.float,
  tensorShape: shapeMessage(shape),
});

/**
 * The files of a SavedModel with the signature `serving_default`: the model's input under its name, and the output.
 *
 * @param model Of stock layers, one input and one output, as `toStock` makes it.
 */
export function savedModelArtifacts(model: tfl.LayersModel, options: SavedModelOptions = {}): ExportedFile[] {
  const { precision = 'float32', outputName = 'logits' } = options;
  const weights = new Map(storedWeights(model, precision).map((weight) => [weight.name, weight]));
  const graph = new GraphNodes();
  const outputs = new Map<tfl.SymbolicTensor, string>();
  const nameOf = (tensor: tfl.SymbolicTensor): string => {
    const name = outputs.get(tensor);
    if (name === undefined)
      throw new Error(`The output of layer "${tensor.sourceLayer.name}" is used before it is made.`);
    return name;
  };
  const emit = (layer: tfl.layers.Layer, inputs: readonly string[]): string => {
    const stockClass = stockClassOf(layer);
    if (stockClass === null) {
      throw new Error(
        `Layer "${layer.name}" (${layer.getClassName()}) is no layer that a SavedModel is written from: apply toStock first.`,
      );
    }
    const own = layer.weights.map(({ originalName }) => weights.get(originalName) as StoredWeight);
    return EMITTERS[stockClass]({ graph, layer, inputs, weights: own });
  };
  const [input, output] = [model.inputs[0], model.outputs[0]] as [tfl.SymbolicTensor, tfl.SymbolicTensor];
  outputs.set(input, emit(input.sourceLayer, []));
  for (const { outboundLayer, inputTensors, outputTensors } of layerCalls(model)) {
    const name = emit(outboundLayer, inputTensors.map(nameOf));
    for (const tensor of outputTensors) outputs.set(tensor, name);
  }
  // Some readers show the node's name, and not the signature's.
  const last = nameOf(output);
  const result = last === outputName ? last : graph.float(outputName, 'Identity', [last]);
  const signature = {
    inputs: { [input.sourceLayer.name]: tensorInfo(nameOf(input), input.shape) },
    outputs: { [outputName]: tensorInfo(result, output.shape) },
    methodName: 'tensorflow/serving/predict',
  };
  const bytes = encodeSavedModel({
    savedModelSchemaVersion: 1,
    metaGraphs: [
      {
        metaInfoDef: { tags: ['serve'], tensorflowVersion: '2.9.0' },
        graphDef: { node: graph.nodes, versions: { producer: PRODUCER, minConsumer: 12 } },
        signatureDef: { serving_default: signature },
      },
    ],
  });
  return [{ name: 'saved_model.pb', bytes }];
}
