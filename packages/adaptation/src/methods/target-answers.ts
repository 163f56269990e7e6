// What the network says of all target images, gathered on the host by the images' places.

import * as tf from '@tensorflow/tfjs-core';
import { matrix, type Answers } from '../matrix.ts';
import type { RefreshContext } from '../method.ts';

/**
 * Features and logits of every target training image in inference mode, row i those of image i.
 *
 * @throws if an image is missing, or has no place among `targetCount`.
 */
export async function targetAnswers({
  network,
  targetBatches,
  targetCount,
}: RefreshContext): Promise<Answers> {
  const seen = new Set<number>();
  const rows = { features: [] as Float32Array[], logits: [] as Float32Array[] };
  for await (const { images, indices } of targetBatches()) {
    const outputs = tf.tidy(() => {
      const { features, logits } = network.infer(images, 'target');
      return { features, logits } as tf.NamedTensorMap;
    }) as { features: tf.Tensor2D; logits: tf.Tensor2D };
    const [places, features, logits] = await Promise.all([
      indices.data(),
      outputs.features.data(),
      outputs.logits.data(),
    ]);
    const widths = { features: outputs.features.shape[1], logits: outputs.logits.shape[1] };
    tf.dispose([outputs.features, outputs.logits]);
    Array.from(places).forEach((place, i) => {
      if (!(place >= 0 && place < targetCount))
        throw new Error(`A target image has place ${place}, and the target has ${targetCount} images.`);
      seen.add(place);
      rows.features[place] = (features as Float32Array).slice(i * widths.features, (i + 1) * widths.features);
      rows.logits[place] = (logits as Float32Array).slice(i * widths.logits, (i + 1) * widths.logits);
    });
  }
  if (seen.size !== targetCount)
    throw new Error(`A pass over the target gave ${seen.size} of its ${targetCount} images.`);
  return { features: joined(rows.features), logits: joined(rows.logits) };
}

const joined = (rows: readonly Float32Array[]) => {
  const columns = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * columns);
  rows.forEach((values, i) => {
    data.set(values, i * columns);
  });
  return matrix(rows.length, columns, data);
};
