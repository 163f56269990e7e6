// The blocks of a forward pass: what stands between two places at which all that follows hangs on one tensor. In a residual
// network they are the stem and the residual blocks.

import {
  isResult,
  type Computation,
  type ForwardPass,
  type StepProgram,
  type Update,
  type Value,
} from './step-program.ts';

/** What a block has at least one of. */
const HEAVY = /^(Conv2D|DepthwiseConv2dNative|MatMul|BatchMatMul(V2)?)$/;

/** Operations that give something else each time. */
const IRREPEATABLE = /^(Random|ParameterizedTruncated|TruncatedNormal|Multinomial)/;

export interface Blocks {
  /** Places of operations within blocks, but for the last block, and without the tensors that the blocks hang together by. */
  readonly within: ReadonlySet<number>;
  /** Places of the operations of the last block. */
  readonly last: ReadonlySet<number>;
}

/** Places of operations that depend on the step's inputs, and not on variables and constants alone. */
export function placesOfData({ operations }: StepProgram): ReadonlySet<number> {
  const places = new Set<number>();
  const isData = (value: Value): boolean =>
    value.kind === 'input' || (isResult(value) && places.has(value.operation));
  for (const [place, operation] of operations.entries())
    if (operation.kind === 'computation' && operation.inputs.some(isData)) places.add(place);
  return places;
}

/** The blocks of a pass whose operations `ofData` depend on the inputs. */
export function blocksOf(
  { operations }: StepProgram,
  pass: ForwardPass,
  ofData: ReadonlySet<number>,
): Blocks {
  const places = Array.from({ length: pass.end - pass.begin }, (_, k) => pass.begin + k).filter((place) =>
    ofData.has(place),
  );
  const necks = necksOf(operations, places);
  const within = new Set<number>();
  /** Of the block at hand. */
  let [open, firstHeavy, neck]: [number[], number, number] = [[], Infinity, -1];
  for (const place of places) {
    const isHeavy = HEAVY.test(nameOf(operations[place]));
    if (isHeavy && neck >= firstHeavy) {
      for (const each of open)
        if (each < neck && !IRREPEATABLE.test(nameOf(operations[each]))) within.add(each);
      open = open.filter((each) => each > neck);
      firstHeavy = Infinity;
    }
    open.push(place);
    if (isHeavy) firstHeavy = Math.min(firstHeavy, place);
    if (necks.has(place)) neck = place;
  }
  return { within, last: new Set(open) };
}

/** Places of operations whose result alone, of all results so far, is used later in the pass. */
function necksOf(operations: StepProgram['operations'], places: readonly number[]): Set<number> {
  const lastUse = new Map<number, number>();
  for (const place of places)
    for (const value of (operations[place] as Computation).inputs)
      if (isResult(value)) lastUse.set(value.operation, place);
  const necks = new Set<number>();
  let usedUntil = -1;
  for (const place of places) {
    if (usedUntil <= place) necks.add(place);
    usedUntil = Math.max(usedUntil, lastUse.get(place) ?? -1);
  }
  return necks;
}

const nameOf = (operation: Computation | Update | undefined): string =>
  operation?.kind === 'computation' ? operation.name : '';
