import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { programDifference } from './program-difference.ts';
import type { Computation, StepProgram, Update, Value } from './step-program.ts';

const [weight, bias] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
const float = { shape: [2], dtype: 1 };
const input = (index: number): Value => ({ kind: 'input', index, ...float });
const result = (operation: number, output = 0): Value => ({ kind: 'result', operation, output, ...float });
const constant = (...bytes: number[]): Value => ({
  kind: 'constant',
  bytes: Uint8Array.from(bytes),
  ...float,
});
const valueOf = (variable: tf.Variable, version = 0) =>
  ({ kind: 'variable', variable, version, ...float }) as const satisfies Value;
const computation = (name: string, inputs: Value[], attribute = 1): Computation => ({
  kind: 'computation',
  attributes: [{ name: 'T', type: 4, value: attribute }],
  ...{ name, inputs },
});
const update = (name: string, changed: tf.Variable, given: Value, nesterov = false): Update => ({
  kind: 'update',
  operations: [{ name, flags: { use_nesterov: nesterov }, inputs: [changed, given] }],
  results: [valueOf(changed, 1)],
});
const program = (part: Partial<StepProgram>): StepProgram => ({
  operations: [computation('Add', [input(0), constant(1, 2)])],
  forwards: [],
  variables: [weight, bias],
  assignments: [{ variable: weight, value: result(0) }],
  outputs: [result(0)],
  ...part,
});
const operations = (...list: StepProgram['operations']): StepProgram => program({ operations: list });

describe('programDifference', () => {
  it('is null for equal programs, made twice', () => {
    const twice = (): StepProgram =>
      operations(
        computation('Add', [input(0), constant(1, 2)]),
        computation('Mul', [result(0, 1), valueOf(weight, 1)]),
        update('ResourceApplyMomentum', bias, result(1)),
      );
    expect(programDifference(twice(), twice())).toBeNull();
  });

  const add = computation('Add', [input(0), constant(1, 2)]);
  const apply = update('ResourceApplyMomentum', weight, result(0));
  const cases: [string, StepProgram, StepProgram][] = [
    [
      'it runs Add in one step where it runs Sub in the next',
      operations(add),
      operations({ ...add, name: 'Sub' }),
    ],
    ['it ran 1 operations in one step and 2 in the next', operations(add), operations(add, add)],
    ['it ran 2 operations in one step and 1 in the next', operations(add, add), operations(add)],
    [
      'its operation Add has other attributes from step to step',
      operations(add),
      operations(computation('Add', [...add.inputs], 3)),
    ],
    [
      'an input of its operation Add takes numbers from the host, of shape [2], that change from step to step: keep them ' +
        'in a tf.Variable, or draw them with the seeded random operations',
      operations(add),
      operations(computation('Add', [input(0), constant(1, 3)])),
    ],
    [
      'an input of its operation Add comes from elsewhere in the next step',
      operations(add),
      operations(computation('Add', [input(1), constant(1, 2)])),
    ],
    [
      'an input of its operation Add comes from elsewhere in the next step',
      operations(computation('Add', [valueOf(weight)])),
      operations(computation('Add', [valueOf(weight, 1)])),
    ],
    [
      'an input of its operation Add comes from elsewhere in the next step',
      operations(computation('Add', [result(0)])),
      operations(computation('Add', [result(0, 1)])),
    ],
    [
      'an input of its operation Add has shape [2] in one step and [3, 1] in the next',
      operations(computation('Add', [input(0)])),
      operations(computation('Add', [{ ...input(0), shape: [3, 1] }])),
    ],
    [
      'an input of its operation Add is of another type in the next step',
      operations(computation('Add', [constant(0)])),
      operations(computation('Add', [{ ...constant(0), dtype: 3 }])),
    ],
    [
      'an input of its operation Add is there in one step and not in the next',
      operations(computation('Add', [input(0)])),
      operations(computation('Add', [input(0), input(0)])),
    ],
    ['it updates weights at another place from step to step', operations(add), operations(apply)],
    [
      'it updates a weight otherwise from step to step',
      operations(apply),
      operations(update('ResourceApplyGradientDescent', weight, result(0))),
    ],
    [
      'it updates a weight otherwise from step to step',
      operations(apply),
      operations(update('ResourceApplyMomentum', weight, result(0), true)),
    ],
    [
      'it updates a weight otherwise from step to step',
      operations(apply),
      operations({ ...apply, operations: [...apply.operations, ...apply.operations] }),
    ],
    [
      'it updates other weights from step to step',
      operations(apply),
      operations(update('ResourceApplyMomentum', bias, result(0))),
    ],
    [
      'an input of the update ResourceApplyMomentum comes from elsewhere in the next step',
      operations(apply),
      operations(update('ResourceApplyMomentum', weight, input(0))),
    ],
    ['it uses other variables from step to step', program({}), program({ variables: [weight] })],
    [
      'it assigns other variables from step to step',
      program({}),
      program({ assignments: [{ variable: bias, value: result(0) }] }),
    ],
    [
      'what it returns or assigns comes from elsewhere in the next step',
      program({}),
      program({ outputs: [input(0)] }),
    ],
    [
      'what it returns or assigns is there in one step and not in the next',
      program({}),
      program({ outputs: [result(0), result(0)] }),
    ],
  ];
  it.each(cases)('says: %s', (difference, first, second) => {
    expect(programDifference(first, second)).toBe(difference);
  });
});
