/**
 * The auxiliary head: a small fully convolutional classifier on the features of the last stage but one, whose loss
 * brings the gradient closer to the first layers (Zhao, Shi, Qi, Wang, Jia 2016, arXiv:1612.01105, section 3.3). It takes
 * part in training only. Layers are torchvision's `FCNHead`: `aux_classifier.0` … `aux_classifier.4`.
 */
import { SeededDropout, type Recipe } from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';
import { connect, unit } from './graph.ts';
import { plainConv } from './plain-conv.ts';

export interface AuxiliaryHeadOptions {
  recipe: Recipe;
  classes: number;
  /** Of the dropout noise and of the classifier's weights. */
  seed: number;
}

/** PyTorch's and MMSegmentation's. */
const DROPOUT = 0.1;
const PREFIX = 'aux_classifier.';

/** Wires the head onto `features`, [N,h,w,C] → logits [N,h,w,classes]; inside it has C/4 channels. */
export function auxiliaryHead(
  features: tfl.SymbolicTensor,
  { recipe, classes, seed }: AuxiliaryHeadOptions,
): tfl.SymbolicTensor {
  const x = unit(recipe, features, {
    convName: `${PREFIX}0`,
    normName: `${PREFIX}1`,
    actName: `${PREFIX}relu`,
    filters: Math.max(1, Math.floor((features.shape[3] ?? 0) / 4)),
    kernelSize: 3,
    padding: 1,
  });
  const dropped = connect(new SeededDropout({ name: `${PREFIX}dropout`, rate: DROPOUT, seed }), x);
  return connect(plainConv({ name: `${PREFIX}4`, filters: classes, kernelSize: 1, seed }), dropped);
}

/**
 * The network of inference: `model` without its auxiliary head, from the same layers with the same weights. A model
 * without such a head is returned as it is.
 */
export function withoutAuxiliaryHead(model: tfl.LayersModel): tfl.LayersModel {
  const [logits] = model.outputs;
  if (model.outputs.length === 1 || logits === undefined) return model;
  return tfl.model({ inputs: model.inputs, outputs: logits, name: model.name });
}

/** The same for good, where `model` is not used any further: the head's weights are freed. */
export function dropAuxiliaryHead(model: tfl.LayersModel): tfl.LayersModel {
  const network = withoutAuxiliaryHead(model);
  for (const layer of model.layers) if (!network.layers.includes(layer)) layer.dispose();
  return network;
}
