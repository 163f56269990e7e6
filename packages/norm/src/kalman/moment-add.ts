// The sum at the end of a residual block, of activations and of their moments.
//
// The authors (Wang et al., arXiv 1802.03133) add means and variances, as for independent summands, in networks whose
// shortcut carries the sum itself (pre-activation). A network that rectifies the sum before it goes on (post-activation, as
// torchvision's ResNet) has two kinds of shortcut. One with a convolution and a normalization of its own is described as well
// as the branch. An identity shortcut has passed the rectifier, while its moments are those from before it, which the next
// convolution's prediction rectifies but this sum does not: it counts with too small a mean and too large a variance. The blend
// with what is observed, and its gate, bound what that does.
//
// Without `observes` a single summand without moments ends those of all that follow it on the path of the sums, to the next
// convolution on that path: half of the normalizations of a pre-activation network would have no prediction.

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { oneOf } from '../one-of.ts';
import type { ObservedOver } from './observed-moments.ts';
import type { MomentAware } from './signal.ts';
import { SingleRun } from './single-run.ts';

export interface MomentAddArgs {
  name?: string;
  /**
   * Over what the moments of a summand are observed that has none, while the other has: a shortcut from a convolution that
   * nothing was predicted of, as the stem is. Left out: the moments end there.
   */
  observes?: ObservedOver;
}

/** [a, b] → a + b, and [a, b, moments of a, moments of b] → [a + b, their sum], all of a kind with one shape. */
export class MomentAdd extends tfl.layers.Layer implements MomentAware {
  static className = 'MomentAdd';
  readonly momentFlow = 'mapped';
  readonly observes?: ObservedOver;
  private readonly singleRun = new SingleRun();

  constructor({ observes, ...args }: MomentAddArgs = {}) {
    super(args);
    if (observes !== undefined) {
      this.observes = oneOf(`MomentAdd "${this.name}"`, 'observes', observes, ['batch', 'sample']);
    }
  }

  /** Two or four inputs; the others are refused. */
  private parts<T>(inputs: readonly T[]): [a: T, b: T, moments: [T, T] | null] {
    const [a, b, momentsA, momentsB, ...more] = inputs;
    if (a !== undefined && b !== undefined && more.length === 0) {
      if (momentsA === undefined) return [a, b, null];
      if (momentsB !== undefined) return [a, b, [momentsA, momentsB]];
    }
    throw new Error(
      `MomentAdd "${this.name}" got ${inputs.length} inputs: give it [a, b], or [a, b, moments of a, moments of b].`,
    );
  }

  override call(
    inputs: tf.Tensor | tf.Tensor[],
    kwargs: Record<string, unknown> = {},
  ): tf.Tensor | tf.Tensor[] {
    const given = Array.isArray(inputs) ? inputs : [inputs];
    const [a, b, moments] = this.parts(given);
    if (moments === null) return tf.add(a, b);
    return this.singleRun.outputs(this, given, kwargs, () => [tf.add(a, b), tf.add(...moments)]);
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    const [a, b, moments] = this.parts(inputShape as tfl.Shape[]);
    const sizes = (shape: tfl.Shape): string => `[${shape.map((size) => size ?? 'null').join(', ')}]`;
    const fits = a.length === b.length && a.every((size, i) => (size ?? b[i]) === (b[i] ?? size));
    if (!fits) {
      throw new Error(
        `MomentAdd "${this.name}" got maps of shape ${sizes(a)} and ${sizes(b)}: make them equal, with a convolution on the ` +
          `shortcut where the block changes the shape.`,
      );
    }
    const sum = a.map((size, i) => size ?? b[i] ?? null);
    return moments === null ? sum : [sum, moments[0]];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.observes === undefined ? {} : { observes: this.observes }) };
  }
}

tf.serialization.registerClass(MomentAdd);
