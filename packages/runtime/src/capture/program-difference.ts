// Whether two steps are one and the same program, on other tensors.

import type { NativeAttribute } from '@plumbline/ops';
import { describeShape } from './session-backend.ts';
import {
  isVariable,
  type Computation,
  type InPlaceOperation,
  type StepProgram,
  type Update,
  type Value,
} from './step-program.ts';
import type * as tf from '@tensorflow/tfjs-core';

/** What `second` does otherwise than `first`, in a clause that begins with "it"; null if nothing. */
export function programDifference(first: StepProgram, second: StepProgram): string | null {
  const [a, b] = [first.operations, second.operations];
  for (const [place, operation] of a.entries()) {
    const other = b[place];
    if (other === undefined) break;
    const difference = operationDifference(operation, other);
    if (difference !== null) return difference;
  }
  if (a.length !== b.length) return `it ran ${a.length} operations in one step and ${b.length} in the next`;
  if (!sameVariables(first.variables, second.variables)) return 'it uses other variables from step to step';
  const assigned = first.assignments.map(({ variable }) => variable);
  if (
    !sameVariables(
      assigned,
      second.assignments.map(({ variable }) => variable),
    )
  )
    return 'it assigns other variables from step to step';
  const values = (program: StepProgram): readonly Value[] => [
    ...program.assignments.map(({ value }) => value),
    ...program.outputs,
  ];
  return valuesDifference(values(first), values(second), 'what it returns or assigns');
}

function operationDifference(a: Computation | Update, b: Computation | Update): string | null {
  if (a.kind === 'update' || b.kind === 'update') {
    if (a.kind !== b.kind) return 'it updates weights at another place from step to step';
    return updateDifference(a as Update, b as Update);
  }
  if (a.name !== b.name) return `it runs ${a.name} in one step where it runs ${b.name} in the next`;
  if (!sameAttributes(a.attributes, b.attributes))
    return `its operation ${a.name} has other attributes from step to step`;
  return valuesDifference(a.inputs, b.inputs, `an input of its operation ${a.name}`);
}

function updateDifference(a: Update, b: Update): string | null {
  if (a.operations.length !== b.operations.length) return 'it updates a weight otherwise from step to step';
  for (const [place, operation] of a.operations.entries()) {
    const other = b.operations[place];
    if (other === undefined || other.name !== operation.name || !sameFlags(other.flags, operation.flags))
      return 'it updates a weight otherwise from step to step';
    const changed = (inputs: readonly (Value | tf.Variable)[]): tf.Variable[] => inputs.filter(isVariable);
    if (!sameVariables(changed(operation.inputs), changed(other.inputs)))
      return 'it updates other weights from step to step';
    const given = (inputs: readonly (Value | tf.Variable)[]): Value[] =>
      inputs.filter((input) => !isVariable(input));
    const difference = valuesDifference(
      given(operation.inputs),
      given(other.inputs),
      `an input of the update ${operation.name}`,
    );
    if (difference !== null) return difference;
  }
  return null;
}

function valuesDifference(a: readonly Value[], b: readonly Value[], what: string): string | null {
  if (a.length !== b.length) return `${what} is there in one step and not in the next`;
  for (const [place, value] of a.entries()) {
    const other = b[place];
    const difference = other === undefined ? null : valueDifference(value, other, what);
    if (difference !== null) return difference;
  }
  return null;
}

function valueDifference(a: Value, b: Value, what: string): string | null {
  const [shapes, others] = [describeShape(a.shape), describeShape(b.shape)];
  if (shapes !== others) return `${what} has shape ${shapes} in one step and ${others} in the next`;
  if (a.dtype !== b.dtype) return `${what} is of another type in the next step`;
  if (a.kind === 'constant' && b.kind === 'constant')
    return Buffer.compare(a.bytes, b.bytes) === 0
      ? null
      : `${what} takes numbers from the host, of shape ${shapes}, that change from step to step: keep them in a ` +
          'tf.Variable, or draw them with the seeded random operations';
  const isSame =
    (a.kind === 'variable' &&
      b.kind === 'variable' &&
      a.variable === b.variable &&
      a.version === b.version) ||
    (a.kind === 'input' && b.kind === 'input' && a.index === b.index) ||
    (a.kind === 'result' && b.kind === 'result' && a.operation === b.operation && a.output === b.output);
  return isSame ? null : `${what} comes from elsewhere in the next step`;
}

const sameAttributes = (a: readonly NativeAttribute[], b: readonly NativeAttribute[]): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

const sameFlags = (a: InPlaceOperation['flags'], b: InPlaceOperation['flags']): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

const sameVariables = (a: readonly tf.Variable[], b: readonly tf.Variable[]): boolean =>
  a.length === b.length && a.every((variable, place) => variable === b[place]);
