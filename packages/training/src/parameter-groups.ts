// Which weights train how: the groups an optimizer treats alike.
//
// The usual recipe of semantic segmentation trains the new head ten times faster than the backbone, and keeps
// weight decay away from the parameters of normalization layers and from biases, whose size means nothing.

import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { type NamedVariable, namedVariables } from './named-variables.ts';

export interface ParameterGroup {
  /** For people: shown in the summary and in errors. */
  readonly name: string;
  readonly parameters: readonly NamedVariable[];
  /** Factor on the schedule's learning rate. */
  readonly learningRateScale: number;
  /** L2 coefficient; `weightDecay · w` is added to the gradient of w. */
  readonly weightDecay: number;
}

export interface ParameterGroupOptions {
  /** Weight decay of kernels. Default 1e-4. */
  weightDecay?: number;
  /**
   * Which weights belong to the head: prefixes of their names (`'head'` matches `head.conv/kernel`), or a
   * predicate over names. Default: none.
   */
  head?: readonly string[] | ((name: string) => boolean);
  /** Learning rate of the head over that of the rest. Default 10. */
  headLearningRateScale?: number;
  /** Which weights get no decay. Default: names ending in `gamma`, `beta` or `bias`. */
  noDecay?: (name: string) => boolean;
}

const endsAsNormOrBias = (name: string): boolean => /(gamma|beta|bias)$/i.test(name);

/**
 * Splits the trainable weights of `model` into at most four groups: backbone and head, each with and without
 * weight decay. Empty groups are left out.
 *
 * @throws if nothing is trainable, or if `head` matches no weight.
 */
export function parameterGroups(
  model: tfl.LayersModel,
  {
    weightDecay = 1e-4,
    head = [],
    headLearningRateScale = 10,
    noDecay = endsAsNormOrBias,
  }: ParameterGroupOptions = {},
): ParameterGroup[] {
  const parameters = namedVariables(model).filter(({ trainable }) => trainable);
  if (parameters.length === 0)
    throw new Error(`Model "${model.name}" has no trainable weight: unfreeze at least one of its layers.`);
  const inHead =
    typeof head === 'function'
      ? head
      : (name: string): boolean => head.some((prefix) => name.startsWith(prefix));
  const wantsHead = typeof head === 'function' || head.length > 0;
  if (wantsHead && !parameters.some(({ name }) => inHead(name)))
    throw new Error(
      `No trainable weight of model "${model.name}" belongs to the head${typeof head === 'function' ? '' : ` (prefixes ${head.join(', ')})`}: ` +
        `its weights are called, for example, ${parameters
          .slice(-3)
          .map(({ name }) => name)
          .join(', ')}.`,
    );
  const group = (name: string, ofHead: boolean, decays: boolean): ParameterGroup => ({
    name,
    parameters: parameters.filter((p) => inHead(p.name) === ofHead && !noDecay(p.name) === decays),
    learningRateScale: ofHead ? headLearningRateScale : 1,
    weightDecay: decays ? weightDecay : 0,
  });
  return [
    group(wantsHead ? 'backbone' : 'kernels', false, true),
    group(wantsHead ? 'backbone, no decay' : 'norms and biases', false, false),
    group('head', true, true),
    group('head, no decay', true, false),
  ].filter(({ parameters: members }) => members.length > 0);
}

/** The variables of all groups, in order: what gradients are taken of. */
export const groupVariables = (groups: readonly ParameterGroup[]): tf.Variable[] =>
  groups.flatMap(({ parameters }) => parameters.map(({ variable }) => variable));

/** One line a group: name, number of tensors and of values, learning-rate factor, weight decay. */
export function describeGroups(groups: readonly ParameterGroup[]): string {
  const rows = groups.map((g) => ({
    name: g.name,
    tensors: String(g.parameters.length),
    values: g.parameters.reduce((sum, { variable }) => sum + variable.size, 0).toLocaleString('en-US'),
    how: `learning rate ×${g.learningRateScale}, weight decay ${g.weightDecay}`,
  }));
  const width = (of: 'name' | 'tensors' | 'values'): number => Math.max(...rows.map((row) => row[of].length));
  return rows
    .map(
      (row) =>
        `${row.name.padEnd(width('name'))}  ${row.tensors.padStart(width('tensors'))} tensors  ` +
        `${row.values.padStart(width('values'))} values  ${row.how}`,
    )
    .join('\n');
}
