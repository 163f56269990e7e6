// The layer around `groupNorm`, and its two named cases, layer and instance normalization.

import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { GROUP_NORM_EPSILON, GROUP_NORM_GROUPS, groupNorm } from '../activations/group-norm.ts';
import { ChannelNorm, type ChannelNormArgs } from './channel-norm.ts';
import { groupCountFor } from './group-count.ts';
import { channelsOf, layerInput, onlyShape } from './layer-arguments.ts';
import { oneOf } from '../one-of.ts';

export interface GroupNormArgs extends ChannelNormArgs {
  /** Number of groups, or `channels` for one group per channel. Default 32. */
  groups?: number | 'channels';
  /**
   * What to do when `groups` does not divide the channels: `error` (default), or `fit`, which takes the largest
   * smaller divisor that leaves two or more channels in a group.
   */
  unevenGroups?: 'error' | 'fit';
}

/**
 * Group Normalization over x [N, …, C], the same in training and inference. Weights: `gamma` and `beta`.
 * An input whose groups hold a single value each (instance normalization of a 1×1 map) is refused.
 */
export class GroupNorm extends ChannelNorm {
  static className = 'GroupNorm';
  readonly groups: number | 'channels';
  readonly unevenGroups: 'error' | 'fit';
  private groupCount = 1;

  constructor({ groups = GROUP_NORM_GROUPS, unevenGroups = 'error', ...args }: GroupNormArgs = {}) {
    super(args, GROUP_NORM_EPSILON);
    const title = `${this.getClassName()} "${this.name}"`;
    this.groups = groups;
    this.unevenGroups = oneOf(title, 'unevenGroups', unevenGroups, ['error', 'fit']);
    if (groups !== 'channels' && !(Number.isInteger(groups) && groups >= 1)) {
      throw new Error(`${title} got groups ${groups}: use a whole number ≥ 1, or 'channels'.`);
    }
  }

  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const channels = channelsOf(onlyShape(inputShape, this.name), this.name);
    const asked = this.groups === 'channels' ? channels : this.groups;
    const title = `GroupNorm "${this.name}"`;
    this.groupCount = groupCountFor(channels, { groups: asked, unevenGroups: this.unevenGroups }, title);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() =>
      groupNorm(
        layerInput(inputs, this),
        this.parameters(),
        { groups: this.groupCount, epsilon: this.epsilon },
        `GroupNorm "${this.name}"`,
      ),
    );
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), groups: this.groups, unevenGroups: this.unevenGroups };
  }
}

tf.serialization.registerClass(GroupNorm);

/** Layer Normalization over all positions and channels of each sample, with γ and β per channel. */
export const layerNormalization = (args: ChannelNormArgs = {}): GroupNorm =>
  new GroupNorm({ ...args, groups: 1 });

/** Instance Normalization over the positions of each channel of each sample. */
export const instanceNormalization = (args: ChannelNormArgs = {}): GroupNorm =>
  new GroupNorm({ ...args, groups: 'channels' });
