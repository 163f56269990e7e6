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
  /** Momentum of this group under Sgd. Default: the optimizer's. */
  readonly momentum?: number;
}

const endsAsNormOrBias = (name: string): boolean => /(gamma|beta|bias)$/i.test(name);

export interface GroupsOfOptions {
  /** The weights of a model, or of several whose names differ; those that are not trainable are left out. */
  parameters: readonly NamedVariable[];
  /** Which of them are trained, by name. Default: all. */
  filter?: (name: string) => boolean;
  /** Factor on the learning rate of a weight, by name. Default: 1. */
  scaleOf?: (name: string) => number;
  /** Weight decay of kernels. Default 1e-4. */
  weightDecay?: number;
  /** Which weights get no decay. Default: names ending in `gamma`, `beta` or `bias`. */
  noDecay?: (name: string) => boolean;
  /** Momentum of a weight under Sgd, by name; undefined: the optimizer's. Default: the optimizer's for all. */
  momentumOf?: (name: string) => number | undefined;
  /** What people call a weight's group. Default: `kernels`, or `norms and biases` for those without decay. */
  groupName?: (name: string, decays: boolean) => string;
}

/**
 * Puts weights that are treated alike into one group: with the same factor, decay, momentum and group name. The groups are
 * in the order of the weights, each one with decay before its twin without.
 *
 * @throws if no weight is left, two have the same name, or a factor is not above 0.
 */
export function groupsOf({
  parameters,
  filter = () => true,
  scaleOf = () => 1,
  weightDecay = 1e-4,
  noDecay = endsAsNormOrBias,
  momentumOf = () => undefined,
  groupName = (_, decays) => (decays ? 'kernels' : 'norms and biases'),
}: GroupsOfOptions): ParameterGroup[] {
  const trained = parameters.filter(({ name, trainable }) => trainable && filter(name));
  if (trained.length === 0)
    throw new Error(
      `None of the ${parameters.length} weights is to be trained: unfreeze a layer, or let the filter take one in.`,
    );
  const names = new Set<string>();
  const twins = new Map<string, [decayed: ParameterGroup, undecayed: ParameterGroup]>();
  for (const parameter of trained) {
    const { name } = parameter;
    if (names.has(name))
      throw new Error(
        `Two weights are called "${name}": give the layers of different models different names, or they cannot be told ` +
          `apart in a checkpoint.`,
      );
    names.add(name);
    const scale = scaleOf(name);
    if (!(scale > 0 && Number.isFinite(scale)))
      throw new Error(
        `The learning-rate factor of weight "${name}" must be a number above 0, and it is ${scale}: freeze its layer, or ` +
          `leave it out with the filter.`,
      );
    const momentum = momentumOf(name);
    const group = (decays: boolean): ParameterGroup => ({
      name: groupName(name, decays),
      parameters: [],
      learningRateScale: scale,
      weightDecay: decays ? weightDecay : 0,
      ...(momentum === undefined ? {} : { momentum }),
    });
    const [decayed, undecayed] = [group(true), group(false)];
    const key = JSON.stringify([decayed.name, undecayed.name, scale, momentum]);
    const [withDecay, without] = twins.get(key) ?? [decayed, undecayed];
    const joined = (to: ParameterGroup): ParameterGroup => ({
      ...to,
      parameters: [...to.parameters, parameter],
    });
    twins.set(key, noDecay(name) ? [withDecay, joined(without)] : [joined(withDecay), without]);
  }
  return [...twins.values()].flat().filter(({ parameters: members }) => members.length > 0);
}

export interface ParameterGroupOptions extends Pick<GroupsOfOptions, 'weightDecay' | 'noDecay'> {
  /**
   * Which weights belong to the head: prefixes of their names (`'head'` matches `head.conv/kernel`), or a
   * predicate over names. Default: none.
   */
  head?: readonly string[] | ((name: string) => boolean);
  /** Learning rate of the head over that of the rest. Default 10. */
  headLearningRateScale?: number;
}

/**
 * Splits the trainable weights of `model` into at most four groups: backbone and head, each with and without
 * weight decay. Empty groups are left out.
 *
 * @throws if nothing is trainable, or if `head` matches no weight.
 */
export function parameterGroups(
  model: tfl.LayersModel,
  { head = [], headLearningRateScale = 10, ...decay }: ParameterGroupOptions = {},
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
  const partOf = (name: string): string => (inHead(name) ? 'head' : 'backbone');
  return groupsOf({
    ...decay,
    parameters,
    scaleOf: (name) => (inHead(name) ? headLearningRateScale : 1),
    ...(wantsHead && {
      groupName: (name: string, decays: boolean) => `${partOf(name)}${decays ? '' : ', no decay'}`,
    }),
  });
}

/** The variables of all groups, in order: what gradients are taken of. */
export const groupVariables = (groups: readonly ParameterGroup[]): tf.Variable[] =>
  groups.flatMap(({ parameters }) => parameters.map(({ variable }) => variable));

/** One line a group: name, number of tensors and of values, learning-rate factor, weight decay, momentum of its own. */
export function describeGroups(groups: readonly ParameterGroup[]): string {
  const rows = groups.map((g) => ({
    name: g.name,
    tensors: String(g.parameters.length),
    values: g.parameters.reduce((sum, { variable }) => sum + variable.size, 0).toLocaleString('en-US'),
    how:
      `learning rate ×${g.learningRateScale}, weight decay ${g.weightDecay}` +
      (g.momentum === undefined ? '' : `, momentum ${g.momentum}`),
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
