// A head's answers for both domains in one pass, so that a normalization inside it sees one batch.

import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '../../method.ts';

/** One tensor a domain, [n_s, c] and [n_t, c]. */
export interface BothDomains {
  readonly source: tf.Tensor2D;
  readonly target: tf.Tensor2D;
}

/** What the head says in training mode of inputs [n_s, d] and [n_t, d]; the two counts may differ. */
export const answersForBoth = ({ model }: Head, { source, target }: BothDomains): BothDomains =>
  tf.tidy(() => {
    const answers = model.apply(tf.concat([source, target]), { training: true }) as tf.Tensor2D;
    const [ofSource, ofTarget] = tf.split(answers, [source.shape[0], target.shape[0]]);
    return { source: ofSource, target: ofTarget } as unknown as tf.NamedTensorMap;
  }) as unknown as BothDomains;
