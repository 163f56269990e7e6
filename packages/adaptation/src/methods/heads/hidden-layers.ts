// The hidden layers of a head: each a fully connected layer, a normalization if one is asked for, the rectifier, dropout.

import { BatchNorm, layerSeed, NormDense, Relu, SeededDropout, type NormDenseArgs } from '@plumbline/norm';
import * as tfl from '@tensorflow/tfjs-layers';

/** How the kernels of a head begin, given a layer's seed. */
export type KernelStart = (seed: number) => NonNullable<NormDenseArgs['kernelInitializer']>;

export interface HeadLayers {
  /** The head's, which begins the names of its layers. */
  readonly name: string;
  /** Outputs of each hidden layer. */
  readonly widths: readonly number[];
  /** Share of each hidden layer's outputs that is dropped in training. */
  readonly dropout: number;
  readonly batchNorm: boolean;
  readonly kernelStart: KernelStart;
  readonly seed: number;
}

/**
 * A head [n, inputCount] → [n, outputCount]; layers `<name>.fc1`, `.bn1`, `.relu1`, `.dropout1`, …, and the last one, which
 * is linear, `<name>.out`.
 */
export function headModel(inputCount: number, outputCount: number, options: HeadLayers): tfl.LayersModel {
  const { name, widths, dropout, batchNorm, kernelStart } = options;
  const seedOf = (layer: string): number => layerSeed(options.seed, layer);
  const dense = (layer: string, units: number): NormDense =>
    new NormDense({ name: layer, units, kernelInitializer: kernelStart(seedOf(layer)) });
  const input = tfl.input({ shape: [inputCount], name: `${name}.input` });
  const layers = widths.flatMap((width, i): tfl.layers.Layer[] => {
    const place = i + 1;
    const dropped = `${name}.dropout${place}`;
    return [
      dense(`${name}.fc${place}`, width),
      ...(batchNorm ? [new BatchNorm({ name: `${name}.bn${place}` })] : []),
      new Relu({ name: `${name}.relu${place}` }),
      ...(dropout > 0 ? [new SeededDropout({ name: dropped, rate: dropout, seed: seedOf(dropped) })] : []),
    ];
  });
  const output = [...layers, dense(`${name}.out`, outputCount)].reduce(
    (x, layer) => layer.apply(x) as tfl.SymbolicTensor,
    input,
  );
  return tfl.model({ name, inputs: input, outputs: output });
}
