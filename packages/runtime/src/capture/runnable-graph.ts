// A step's program in a session: tensors in, tensors out, and its variables kept.

import type * as tf from '@tensorflow/tfjs-core';
import { GraphSession } from './graph-session.ts';
import { GraphVariables } from './graph-variables.ts';
import { lowerToBfloat16 } from './lower-to-bfloat16.ts';
import { passesInTurn } from './passes-in-turn.ts';
import { recomputeActivations } from './recompute-activations.ts';
import type { SessionBackend } from './session-backend.ts';
import type { Lowering } from './lowering.ts';
import { stepGraph, type StepGraph } from './step-graph.ts';
import type { StepProgram } from './step-program.ts';

/** `bf16`: convolutions and matrix products in bfloat16; weights, sums, normalization, losses and updates in float32. */
export type Precision = 'float32' | 'bf16';

export interface GraphOptions {
  readonly precision: Precision;
  /** Compute the activations of a block again for its gradients, instead of holding them. */
  readonly recompute: boolean;
}

export class RunnableGraph {
  readonly #backend: SessionBackend;
  readonly #session: GraphSession;
  readonly #variables: GraphVariables;
  readonly #feeds: readonly { readonly index: number; readonly name: string }[];
  readonly #fetches: readonly string[];
  readonly #begun: StepGraph['begun'];

  constructor(backend: SessionBackend, program: StepProgram, { precision, recompute }: GraphOptions) {
    const lower = precision === 'bf16' ? lowerToBfloat16() : asItIs;
    const inTurn = passesInTurn(program);
    const graph = stepGraph(recompute ? recomputeActivations(inTurn) : inTurn, backend.binding, lower);
    this.#backend = backend;
    this.#session = new GraphSession(backend, graph.nodes);
    this.#variables = new GraphVariables(backend, this.#session, graph.variables);
    // An input that nothing depends on has no place in the graph.
    this.#feeds = graph.inputs.flatMap((name, index) => (name === '' ? [] : [{ index, name }]));
    this.#fetches = graph.outputs;
    this.#begun = graph.begun;
  }

  run(inputs: readonly tf.Tensor[]): tf.Tensor[] {
    this.#variables.requireAll();
    try {
      return this.#run(inputs);
    } catch (error) {
      throw failedWithin(error);
    }
  }

  /** A run; null if TensorFlow failed before it began, and `onFailure` heard why. */
  tryToRun(inputs: readonly tf.Tensor[], onFailure: (error: unknown) => void): tf.Tensor[] | null {
    this.#variables.requireAll();
    let isReset = false;
    try {
      this.#look(this.#begun.reset);
      isReset = true;
      return this.#run(inputs);
    } catch (error) {
      if (isReset && this.#look(this.#begun.fetch) !== 0) throw failedWithin(error);
      onFailure(error);
      return null;
    }
  }

  #run(inputs: readonly tf.Tensor[]): tf.Tensor[] {
    const fed = this.#feeds.flatMap(({ index }) => inputs[index] ?? []);
    const values = this.#variables.around(() =>
      this.#session.run(
        this.#feeds.map(({ name }) => name),
        this.#backend.getInputTensorIds(fed),
        this.#fetches,
      ),
    );
    return values.map((value) => this.#backend.createOutputTensor(value));
  }

  #look(fetch: string): number | undefined {
    const { binding } = this.#backend;
    const [metadata] = this.#session.run([], [], [fetch]);
    if (metadata === undefined) throw new Error('TensorFlow gave no output of a graph.');
    const [value] = binding.tensorDataSync(metadata.id);
    binding.deleteTensor(metadata.id);
    return value;
  }

  dispose(): void {
    this.#variables.fetch();
    this.#session.dispose();
  }
}

const failedWithin = (cause: unknown): Error =>
  new Error(
    'TensorFlow failed in the midst of a captured step, which may have changed some of its variables and not others: ' +
      (cause instanceof Error ? cause.message : String(cause)),
    { cause },
  );

const asItIs: Lowering = () => null;
