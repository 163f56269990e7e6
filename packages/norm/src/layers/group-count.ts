// How many groups a layer makes of its channels.

import { largestGroupCount } from '../activations/group-norm.ts';

export interface GroupCountArgs {
  /** Number of groups. Default 32. */
  groups?: number;
  /**
   * What to do when `groups` does not divide the channels: `error` (default), or `fit`, which takes the largest
   * smaller divisor that leaves two or more channels in a group.
   */
  unevenGroups?: 'error' | 'fit';
}

/**
 * The number of groups that layer `title` makes of `channels`.
 *
 * @throws if `groups` does not divide them and `unevenGroups` is `error`.
 */
export function groupCountFor(
  channels: number,
  { groups, unevenGroups }: Required<GroupCountArgs>,
  title: string,
): number {
  const fitting = largestGroupCount(channels, groups);
  if (fitting === groups || unevenGroups === 'fit') return fitting;
  throw new Error(
    `${title} has ${groups} groups, which do not divide its ${channels} channels: use ${fitting} groups, or set ` +
      `unevenGroups to 'fit' to have such a number chosen.`,
  );
}
