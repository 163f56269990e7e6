// A step that holds fewer activations: those within a block are computed again when its gradients are.
//
// Chen, Xu, Zhang, Guestrin: "Training Deep Nets with Sublinear Memory Cost", 2016, arXiv 1604.06174.
//
// It is a rewriting of the recorded program, so that it needs nothing of the network. What the blocks (./blocks.ts) hang together
// by is kept; the operations of a block that its gradients need are there a second time, and wait for the gradients to arrive.
// They are the same operations on the same values, so the step computes the same; running statistics come from the first time alone.

import { blocksOf, placesOfData, type Blocks } from './blocks.ts';
import {
  isResult,
  isVariable,
  resultOf,
  type Computation,
  type StepProgram,
  type Update,
  type Value,
} from './step-program.ts';

/** The same step; where the program marks no forward pass, the program itself. */
export function recomputeActivations(program: StepProgram): StepProgram {
  const { operations, forwards, assignments, outputs, variables } = program;
  const ofData = placesOfData(program);
  const rewriting = new Rewriting(operations);
  rewriting.copy(0, forwards[0]?.begin ?? operations.length);
  for (const [k, pass] of forwards.entries()) {
    rewriting.copy(pass.begin, pass.end);
    rewriting.gradients(
      pass.end,
      forwards[k + 1]?.begin ?? operations.length,
      blocksOf(program, pass, ofData),
    );
  }
  return {
    operations: rewriting.operations,
    forwards: [],
    variables,
    assignments: assignments.map(({ variable, value }) => ({ variable, value: rewriting.moved(value) })),
    outputs: outputs.map((value) => rewriting.moved(value)),
  };
}

class Rewriting {
  readonly operations: (Computation | Update)[] = [];
  readonly #original: StepProgram['operations'];
  /** New places by old ones. */
  readonly #places = new Map<number, number>();
  /** New places of what is computed again, by old ones. */
  readonly #again = new Map<number, number>();

  constructor(original: StepProgram['operations']) {
    this.#original = original;
  }

  /** Takes operations over as they are. */
  copy(begin: number, end: number): void {
    for (let place = begin; place < end; place++) this.#add(place, (value) => this.moved(value));
  }

  /** Takes the operations of gradients over, and what they need of blocks a second time before them. */
  gradients(begin: number, end: number, blocks: Blocks): void {
    /** Old places of what depends on the loss's own gradient, which goes from block to block. */
    const arriving = new Set<number>(blocks.last);
    let latest: Value | null = null;
    for (let place = begin; place < end; place++) {
      const operation = this.#original[place];
      if (operation?.kind !== 'computation') {
        this.#add(place, (value) => this.moved(value));
        continue;
      }
      const isArriving = (value: Value): boolean => isResult(value) && arriving.has(value.operation);
      const gradient: Value | undefined = operation.inputs.find(
        (value) => isArriving(value) && isResult(value) && value.operation >= begin,
      );
      const after = gradient === undefined ? latest : this.moved(gradient);
      this.#add(place, (value) =>
        after === null ? this.moved(value) : this.#recomputed(value, blocks, after),
      );
      if (!operation.inputs.some(isArriving)) continue;
      arriving.add(place);
      latest = this.moved(resultOf(place));
    }
  }

  /** A value of the old program in the new one. */
  moved(value: Value): Value {
    return isResult(value) ? { ...value, operation: placeOf(this.#places, value.operation) } : value;
  }

  #recomputed(value: Value, blocks: Blocks, after: Value): Value {
    if (!isResult(value) || !blocks.within.has(value.operation)) return this.moved(value);
    return { ...value, operation: this.#recompute(value.operation, blocks, after) };
  }

  #recompute(place: number, blocks: Blocks, after: Value): number {
    const known = this.#again.get(place);
    if (known !== undefined) return known;
    const { kind, name, attributes, inputs: given } = this.#original[place] as Computation;
    const inputs = given.map((value) => this.#recomputed(value, blocks, after));
    // What takes another's second result waits for it anyway.
    const isFirst = !given.some((value) => isResult(value) && blocks.within.has(value.operation));
    this.operations.push({ kind, name, attributes, inputs, ...(isFirst ? { after: [after] } : {}) });
    const again = this.operations.length - 1;
    this.#again.set(place, again);
    return again;
  }

  #add(place: number, valueOf: (value: Value) => Value): void {
    const operation = this.#original[place];
    if (operation === undefined) throw new Error(`There is no operation ${place} in the step.`);
    // First, since what it needs stands before it.
    const rewritten: Computation | Update =
      operation.kind === 'computation'
        ? {
            ...operation,
            inputs: operation.inputs.map(valueOf),
            ...(operation.after === undefined
              ? {}
              : { after: operation.after.map((value) => this.moved(value)) }),
          }
        : {
            ...operation,
            operations: operation.operations.map((each) => ({
              ...each,
              inputs: each.inputs.map((input) => (isVariable(input) ? input : valueOf(input))),
            })),
          };
    this.#places.set(place, this.operations.length);
    this.operations.push(rewritten);
  }
}

function placeOf(places: ReadonlyMap<number, number>, place: number): number {
  const moved = places.get(place);
  if (moved === undefined) throw new Error(`Operation ${place} of the step is used before it.`);
  return moved;
}
