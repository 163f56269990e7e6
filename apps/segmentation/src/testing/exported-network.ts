/** A small network as it is exported, for tests that run it elsewhere. */
import {
  deepLabV3,
  layersArtifacts,
  toStock,
  type DeepLabV3Options,
  type ExportedFile,
} from '@plumbline/models';
import { parseRecipe } from '@plumbline/norm';
import { tf } from '@plumbline/runtime';

export interface ExportedNetwork {
  files: ExportedFile[];
  /** An input of it. */
  pixels: { shape: [number, number, number, number]; values: number[] };
  /** The largest difference of somebody's answer to `pixels`, as a share of the largest logit. */
  difference(shape: readonly number[], logits: readonly number[]): number;
}

/** What its metadata says. */
export const ABOUT = { classes: ['sky', 'land', 'sea'] };

const SIZE = 33;

export function exportedNetwork(recipe: string, options: Partial<DeepLabV3Options> = {}): ExportedNetwork {
  const network = deepLabV3({
    backbone: 'mobilenetv2',
    width: 0.1,
    recipe: parseRecipe(recipe, { groups: 2 }),
    classes: ABOUT.classes.length,
    headChannels: 8,
    outputStride: 32,
    atrousRates: [1],
    ...options,
  });
  const statistics = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const;
  const stock = toStock(network, { size: SIZE, pixels: statistics });
  const shape: ExportedNetwork['pixels']['shape'] = [1, SIZE, SIZE, 3];
  const values = Array.from({ length: SIZE * SIZE * 3 }, (_, i) => (37 * i) % 256);
  const wanted = stock.predict(tf.tensor(values, shape)) as tf.Tensor4D;
  return {
    files: layersArtifacts(stock, { metadata: ABOUT }),
    pixels: { shape, values },
    difference: (got, logits) => {
      if (got.join() !== wanted.shape.join()) return NaN;
      const largest = tf.max(tf.abs(tf.sub(wanted, tf.tensor([...logits], wanted.shape))));
      return tf.div(largest, tf.max(tf.abs(wanted))).dataSync()[0] ?? NaN;
    },
  };
}
