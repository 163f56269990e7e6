// A step whose forward passes follow each other, such as those of accumulated micro-batches.
//
// They depend on nothing of each other but the sum of their gradients, so TensorFlow would run all of them at once and hold the
// activations of all. A pass that waits until the gradients of the one before it are there leaves the memory that accumulation is for.

import { isResult, resultOf, type StepProgram, type Value } from './step-program.ts';

/** The same step; what takes an input of it in a forward pass waits for the results of the pass before. */
export function passesInTurn(program: StepProgram): StepProgram {
  const { forwards } = program;
  const operations = [...program.operations];
  forwards.forEach((pass, k) => {
    const before = forwards[k - 1];
    if (before === undefined) return;
    const after = resultsOf(program, before.begin, pass.begin);
    for (let place = pass.begin; place < pass.end; place++) {
      const operation = operations[place];
      if (operation?.kind === 'computation' && operation.inputs.some(({ kind }) => kind === 'input'))
        operations[place] = { ...operation, after };
    }
  });
  return { ...program, operations };
}

/** What the operations from `begin` on, before `end`, compute and do not use themselves. */
function resultsOf({ operations }: StepProgram, begin: number, end: number): Value[] {
  const used = new Set<number>();
  const computed: number[] = [];
  for (let place = begin; place < end; place++) {
    const operation = operations[place];
    if (operation?.kind !== 'computation') continue;
    computed.push(place);
    operation.inputs.filter(isResult).forEach((value) => used.add(value.operation));
  }
  return computed.filter((place) => !used.has(place)).map(resultOf);
}
