// What one training step computes, as data: its operations in the order they ran, where each of their inputs comes from,
// and which variables the step leaves changed.
//
// It is written down by ./record-step.ts, compared by ./program-difference.ts, and made a graph by ./step-graph.ts.

import type { NativeAttribute } from '@plumbline/ops';
import type * as tf from '@tensorflow/tfjs-core';

interface Typed {
  readonly shape: readonly number[];
  /** Of tensorflow/core/framework/types.proto. */
  readonly dtype: number;
}

/** A variable as it stood after the `version`-th in-place update of the step; 0: at the step's beginning. */
export interface VariableValue extends Typed {
  readonly kind: 'variable';
  readonly variable: tf.Variable;
  readonly version: number;
}

/** What the step was called with. */
export interface InputValue extends Typed {
  readonly kind: 'input';
  readonly index: number;
}

/** Numbers from the host. */
export interface ConstantValue extends Typed {
  readonly kind: 'constant';
  readonly bytes: Uint8Array;
}

/** An output of an operation. */
export interface ResultValue extends Typed {
  readonly kind: 'result';
  /** Place of the operation in the program. */
  readonly operation: number;
  readonly output: number;
}

export type Value = VariableValue | InputValue | ConstantValue | ResultValue;

/** An operation that computes values from values. */
export interface Computation {
  readonly kind: 'computation';
  readonly name: string;
  readonly attributes: readonly NativeAttribute[];
  readonly inputs: readonly Value[];
  /** It waits for these, of which it takes nothing. */
  readonly after?: readonly Value[];
}

/** One of TensorFlow's operations that change a variable in place. */
export interface InPlaceOperation {
  readonly name: string;
  /** Attributes beside the type, which is float32. */
  readonly flags: Readonly<Record<string, boolean>>;
  /** In the operation's order; a variable itself, where the operation changes it. */
  readonly inputs: readonly (Value | tf.Variable)[];
}

/** An update of variables in place, by operations that run one after the other. */
export interface Update {
  readonly kind: 'update';
  readonly operations: readonly InPlaceOperation[];
  /** The variables that change, as they are afterwards. */
  readonly results: readonly VariableValue[];
}

/** Places of the operations of a forward pass; those of its gradients follow. */
export interface ForwardPass {
  readonly begin: number;
  /** The first place behind it. */
  readonly end: number;
}

export interface StepProgram {
  readonly operations: readonly (Computation | Update)[];
  /** In their order. */
  readonly forwards: readonly ForwardPass[];
  /** Every variable that the step reads or changes. */
  readonly variables: readonly tf.Variable[];
  /** New values of variables, but for those that in-place updates left. */
  readonly assignments: readonly { readonly variable: tf.Variable; readonly value: Value }[];
  readonly outputs: readonly Value[];
}

export const isResult = (value: Value): value is ResultValue => value.kind === 'result';

/** The first result of the operation at a place, to wait for: of what type it is does not matter then. */
export const resultOf = (operation: number): ResultValue => ({
  ...{ kind: 'result', output: 0, shape: [], dtype: 0 },
  operation,
});

export const isVariable = (input: Value | tf.Variable): input is tf.Variable => !('kind' in input);

/** The variables that a step changes. */
export const changedVariables = ({ operations, assignments }: StepProgram): Set<tf.Variable> => {
  const updated = operations.flatMap((operation) => (operation.kind === 'update' ? operation.results : []));
  return new Set([...updated, ...assignments].map(({ variable }) => variable));
};

/** The versions of variables whose values a step uses. */
export function usedVersions({
  operations,
  assignments,
  outputs,
}: StepProgram): Map<tf.Variable, Set<number>> {
  const used = new Map<tf.Variable, Set<number>>();
  const use = (value: Value | tf.Variable): void => {
    if (isVariable(value) || value.kind !== 'variable') return;
    const versions = used.get(value.variable) ?? new Set<number>();
    used.set(value.variable, versions.add(value.version));
  };
  for (const operation of operations) {
    if (operation.kind === 'computation') operation.inputs.forEach(use);
    else operation.operations.forEach(({ inputs }) => inputs.forEach(use));
  }
  assignments.forEach(({ value }) => use(value));
  outputs.forEach(use);
  return used;
}
