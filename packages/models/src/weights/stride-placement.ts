/** Weights of a ResNet say nothing of its strides: a file's network may compute something else with the same shapes. */
import { NormConv2D } from '@plumbline/norm';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { ImportReport } from './import-report.ts';
import type { NamedWeights } from './named-weights.ts';

/** What is to be reported where the file's bottlenecks are known to take their strides elsewhere than the model's. */
export function misplacedStrides(
  model: tfl.LayersModel,
  { strideFirst }: NamedWeights,
): ImportReport['changedFunction'] {
  if (strideFirst === undefined) return [];
  const why =
    `the file's network takes the stride of a bottleneck by its ${strideFirst ? 'first' : 'second'} convolution and this ` +
    `model by the other: build the ResNet with variant ${strideFirst ? 'v1a' : 'v1b'}`;
  // The second stage takes a stride whatever the output stride.
  const layers = ['conv1', 'conv2'].map((conv) =>
    model.layers.find(({ name }) => name.endsWith(`layer2.0.${conv}`)),
  );
  const [first, second] = layers.map((layer) => layer instanceof NormConv2D && layer.strides > 1);
  if (first === second) return [];
  const layer = layers[first === true ? 0 : 1]?.name ?? '';
  return first === strideFirst ? [] : [{ layer, why }];
}
