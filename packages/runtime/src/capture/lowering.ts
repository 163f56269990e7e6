// What stands in a graph for a computation: the door for other precisions.

import type { Computation } from './step-program.ts';

/** How computations are carried out: a chance to put others in their place. */
export type Lowering = (
  computation: Computation,
  emit: GraphEmitter,
  inputs: readonly string[],
) => string | null;

/** Adds nodes to a graph. */
export interface GraphEmitter {
  /** Gives the node's name, unique in the graph. */
  add(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, object>>,
    control?: readonly string[],
  ): string;
  /** Attributes of a computation as a node has them. */
  attributesOf(computation: Pick<Computation, 'name' | 'attributes' | 'inputs'>): Record<string, object>;
}

/** The node of an output. */
export const nodeOf = (output: string): string => output.replace(/:\d+$/, '');
