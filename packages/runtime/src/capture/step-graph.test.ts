import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { graphBackend, hasGraphs } from './capture.test.support.ts';
import { lowerToBfloat16 } from './lower-to-bfloat16.ts';
import { recordStep } from './record-step.ts';
import { recordedUpdate } from './recorded-update.ts';
import type { Lowering } from './lowering.ts';
import { stepGraph } from './step-graph.ts';

interface Node {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, object>>;
}

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

function nodesOf(step: () => tf.Tensor, lower: Lowering = () => null): Node[] {
  const backend = graphBackend();
  const { program } = recordStep(backend, step, []);
  if (program === null) throw new Error('The step could not be recorded.');
  return stepGraph(program, backend.binding, lower).nodes as Node[];
}

const only = (nodes: readonly Node[], op: string): Node => {
  const [node, ...others] = nodes.filter((each) => each.op === op);
  if (node === undefined || others.length > 0) throw new Error(`Of ${op} there is not one node.`);
  return node;
};

/** The nodes that `node` waits for without taking their value, but for the one that says that changes begin. */
const waitsFor = (node: Node, nodes: readonly Node[]): Node[] =>
  nodes.filter((other) => node.input.includes(`^${other.name}`) && other !== begins(nodes));

const begins = (nodes: readonly Node[]): Node | undefined => {
  const handle = nodes.find(
    ({ op, attr }) => op === 'VarHandleOp' && JSON.stringify(attr['dtype']) === '{"type":10}',
  );
  return nodes.find(({ op, input }) => op === 'AssignVariableOp' && input[0] === handle?.name);
};

describe.runIf(hasGraphs)('stepGraph (needs the native engine)', () => {
  it('lets a change in place wait for all that reads the value before, and what reads after it wait for the change', () => {
    const weight = tf.variable(tf.tensor1d([3, 4]));
    const nodes = nodesOf(() => {
      const early = tf.exp(weight);
      recordedUpdate(
        () => [
          { name: 'ResourceApplyGradientDescent', inputs: [{ changed: weight }, tf.scalar(2), tf.ones([2])] },
        ],
        () => weight.assign(tf.sub(weight, tf.mul(tf.ones([2]), 2))),
      );
      return tf.add(early, tf.cos(weight));
    });
    const update = only(nodes, 'ResourceApplyGradientDescent');
    const readBy = ({ input }: Node): Node | undefined => nodes.find(({ name }) => name === input[0]);
    const [before, after] = [readBy(only(nodes, 'Exp')), readBy(only(nodes, 'Cos'))];
    expect([before?.op, after?.op]).toEqual(['ReadVariableOp', 'ReadVariableOp']);
    expect(waitsFor(update, nodes)).toEqual([before, only(nodes, 'Exp')]);
    expect(after === undefined ? [] : waitsFor(after, nodes)).toEqual([update]);
    expect(update.input).toContain(`^${begins(nodes)?.name}`);
    // What the step returns is what is asked for, and the change must happen then.
    expect(waitsFor(nodes.at(-1) as Node, nodes)).toContain(update);
  });

  it('assigns a variable after it has been read', () => {
    const weight = tf.variable(tf.tensor1d([3, 4]));
    const nodes = nodesOf(() => {
      weight.assign(tf.exp<tf.Tensor1D>(weight));
      return tf.scalar(1);
    });
    const assigned = nodes.filter(({ op }) => op === 'AssignVariableOp').at(-1) as Node;
    expect(waitsFor(assigned, nodes).map(({ op }) => op)).toEqual(['ReadVariableOp']);
    expect(assigned.input).toContain(`^${begins(nodes)?.name}`);
    expect(waitsFor(nodes.at(-1) as Node, nodes)).toEqual([assigned]);
  });

  it('in bfloat16 rounds the operands of products, each once, and nothing else', () => {
    const x = tf.variable(tf.ones([2, 2]) as tf.Tensor2D);
    const nodes = nodesOf(
      () =>
        tf.exp(tf.add(tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D), tf.matMul(x as tf.Tensor2D, tf.eye(2)))),
      lowerToBfloat16(),
    );
    const type = (number: number): object => ({ type: number });
    for (const product of nodes.filter(({ op }) => op === 'MatMul'))
      expect(product.attr['T']).toEqual(type(14));
    // x, the unit matrix, and the two products back.
    const casts = nodes.filter(({ op }) => op === 'Cast').map(({ attr }) => [attr['SrcT'], attr['DstT']]);
    expect(casts.filter(([from]) => JSON.stringify(from) === JSON.stringify(type(1)))).toHaveLength(2);
    expect(casts.filter(([from]) => JSON.stringify(from) === JSON.stringify(type(14)))).toHaveLength(2);
    for (const op of ['Add', 'Exp']) expect(nodes.find((node) => node.op === op)?.attr['T']).toEqual(type(1));
  });
});
