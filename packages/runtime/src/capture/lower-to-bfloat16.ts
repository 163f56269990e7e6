// Convolutions and matrix products in bfloat16: what most of a step's time goes into, and what processors have instructions
// for. Their operands are rounded to 8 bits of mantissa, once for all that take them; products are summed in float32 inside
// an operation, and its result is float32 again. bfloat16 has float32's range, so that no loss has to be scaled.
//
// Kalamkar et al.: "A Study of BFLOAT16 for Deep Learning Training", 2019, arXiv 1905.12322.

import { DataType } from '@plumbline/ops/saved-model';
import { nodeOf, type GraphEmitter, type Lowering } from './lowering.ts';

/** Operations and which of their inputs are operands; the others are sizes. */
const OPERANDS: Readonly<Record<string, readonly number[]>> = {
  Conv2D: [0, 1],
  Conv2DBackpropInput: [1, 2],
  Conv2DBackpropFilter: [0, 2],
  MatMul: [0, 1],
  BatchMatMulV2: [0, 1],
};

/**
 * Its activation was rounded in the forward pass and is held in float32 too, for a rectifier's gradient. It is rounded anew once the
 * gradient is there: held in both types it would take half as much memory again.
 */
const HOLDING = 'Conv2DBackpropFilter';

/** For one graph. */
export function lowerToBfloat16(): Lowering {
  const rounded = new Map<string, string>();
  const attributes = { SrcT: { type: DataType.float }, DstT: { type: DataType.bfloat16 } };
  const round = (node: string, emit: GraphEmitter): string => {
    const known = rounded.get(node) ?? emit.add('Cast', [node], attributes);
    rounded.set(node, known);
    return known;
  };
  return (computation, emit, inputs) => {
    const operands = OPERANDS[computation.name];
    if (operands === undefined) return null;
    if (operands.some((place) => computation.inputs[place]?.dtype !== DataType.float)) return null;
    const [, , gradient] = inputs;
    const taken = inputs.map((input, place) => {
      if (!operands.includes(place)) return input;
      const isActivation = place === 0;
      if (computation.name === HOLDING && isActivation && gradient !== undefined)
        return emit.add('Cast', [input], attributes, [nodeOf(gradient)]);
      // What is computed again waits itself, and so does its rounding.
      if (computation.after !== undefined && isActivation) return emit.add('Cast', [input], attributes);
      return round(input, emit);
    });
    const result = emit.add(computation.name, taken, {
      ...emit.attributesOf(computation),
      T: { type: DataType.bfloat16 },
    });
    return emit.add('Cast', [result], { SrcT: { type: DataType.bfloat16 }, DstT: { type: DataType.float } });
  };
}
