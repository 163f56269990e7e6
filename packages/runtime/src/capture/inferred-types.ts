// Type attributes that TensorFlow infers where it runs an operation by itself, and wants to be told in a graph.

import type { Value } from './step-program.ts';

/** By operation, which attribute is the type of which input. Only operations that the backend calls without it. */
const FROM_INPUT: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ExpandDims: { T: 0 },
};

export function inferredTypes(operation: string, inputs: readonly Value[]): Record<string, object> {
  const types: Record<string, object> = {};
  for (const [attribute, place] of Object.entries(FROM_INPUT[operation] ?? {})) {
    const input = inputs[place];
    if (input !== undefined) types[attribute] = { type: input.dtype };
  }
  return types;
}
