// A training step that is recorded and from then on runs as one call.
//
// The first call runs the step's function once for whatever comes to be in it, and once more to record it; both times nothing
// is computed that nobody reads (./deferred-work.ts), the variables are put back as they were, and new ones as they were made.
// The recording becomes a TensorFlow graph, and that computes the call's result: no step of a run is computed otherwise than
// the others, so that a run that is resumed equals one that was not, bit by bit.
//
// The second call records again. If that is another program, the step depends on something that a graph cannot see, and
// steps run eagerly from there on; so they do where a graph cannot be made. `onEager` hears why. A call with tensors of other
// shapes (a smaller last batch) runs eagerly between the others.

import * as tf from '@tensorflow/tfjs-core';
import { deferComputation, isDeferring } from './deferred-work.ts';
import { programDifference } from './program-difference.ts';
import { recordStep, type RecordedStep } from './record-step.ts';
import { isRecording } from './recorded-update.ts';
import { RunnableGraph, type Precision } from './runnable-graph.ts';
import { isGraphType, sessionBackend, type SessionBackend } from './session-backend.ts';
import type { StepProgram } from './step-program.ts';
import { formOf, mapTensors, tensorsIn } from './tensor-containers.ts';
import { withoutEffect } from './without-effect.ts';

export interface CaptureOptions {
  /** Of the graph; steps that run eagerly are float32. Default `float32`. */
  readonly precision?: Precision;
  /**
   * Compute the activations of a block (in a residual network, of a residual block) again for its gradients instead of holding
   * them: the same result for less memory and about a quarter more time. It is what the graph does between a `recordedForward` and
   * its gradients. Default false.
   */
  readonly recompute?: boolean;
  /**
   * Hears why a step did not run as a graph, in a clause that begins with "it" or "TensorFlow": once where no later one will,
   * and once where single ones do not. Default: nobody does. On a backend without graphs nobody is told: there is nothing to
   * be done about the step.
   */
  readonly onEager?: (reason: string) => void;
}

interface Graph<Outputs> {
  readonly runnable: RunnableGraph;
  readonly program: StepProgram;
  /** Of the inputs. */
  readonly signature: string;
  /** Outputs of a step, for their form. */
  readonly form: Outputs;
  /** A second recording was the same. */
  isConfirmed: boolean;
  hasRun: boolean;
}

type Phase<Outputs> =
  { readonly name: 'first' | 'eager' } | { readonly name: 'graph'; readonly graph: Graph<Outputs> };

export class CapturedStep<Inputs extends tf.TensorContainer, Outputs extends tf.TensorContainer> {
  readonly #step: (inputs: Inputs) => Outputs;
  readonly #options: CaptureOptions;
  #phase: Phase<Outputs> = { name: 'first' };
  #hasToldOfForm = false;

  /**
   * @param step from tensors to tensors, at least one. It reads nothing on the host; whatever else its result depends on, and
   *   whatever it changes, is in `tf.Variable`s. A number among its inputs stays what it was in the first call.
   */
  constructor(step: (inputs: Inputs) => Outputs, options: CaptureOptions = {}) {
    this.#step = step;
    this.#options = options;
  }

  /** Whether steps run as a graph. */
  get isCaptured(): boolean {
    return this.#phase.name === 'graph';
  }

  /** One step; the tensors returned are the caller's. */
  run(inputs: Inputs): Outputs {
    const backend = sessionBackend();
    // A step within a step is a part of that.
    if (backend === null || isRecording() || isDeferring()) return this.#step(inputs);
    const isFirst = this.#phase.name === 'first';
    if (isFirst) this.#capture(backend, inputs);
    if (this.#phase.name !== 'graph') return this.#step(inputs);
    const { graph } = this.#phase;
    const signature = signatureOf(inputs);
    if (signature !== graph.signature) {
      if (!this.#hasToldOfForm)
        this.#options.onEager?.(`it takes ${signature} where it took ${graph.signature} before`);
      this.#hasToldOfForm = true;
      return this.#step(inputs);
    }
    // Not in the first call: what changes from call to call would be the same yet.
    if (!isFirst && !graph.isConfirmed && !this.#confirm(backend, graph, inputs)) return this.#step(inputs);
    const outputs = this.#runGraph(graph, tensorsIn(inputs));
    if (outputs === null) return this.#step(inputs);
    return mapTensors(graph.form, (_, place) => outputs[place] as tf.Tensor);
  }

  /** Brings the variables up to date and frees the graph; later steps run eagerly. */
  dispose(): void {
    if (this.#phase.name === 'graph') this.#phase.graph.runnable.dispose();
    this.#phase = { name: 'eager' };
  }

  #capture(backend: SessionBackend, inputs: Inputs): void {
    const signature = signatureOf(inputs);
    const strange = tensorsIn(inputs).find(
      (input) => input instanceof tf.Variable || !isGraphType(input.dtype),
    );
    if (strange !== undefined) {
      const what =
        strange instanceof tf.Variable ? `the variable ${strange.name}` : `a tensor of ${strange.dtype}`;
      this.#giveUp(`it takes ${what} as an input`);
      return;
    }
    deferComputation(backend, () => {
      withoutEffect(() => {
        const disposeNew = newTensors();
        disposeNew(this.#step(inputs));
      });
    });
    const { outputs, program, problem } = this.#record(backend, inputs);
    if (program === null) {
      this.#giveUp(problem ?? 'it cannot be recorded');
      return;
    }
    if (program.outputs.length === 0) {
      this.#giveUp('it returns no tensor');
      return;
    }
    try {
      const { precision = 'float32', recompute = false } = this.#options;
      const runnable = new RunnableGraph(backend, program, { precision, recompute });
      this.#phase = {
        name: 'graph',
        graph: { runnable, program, signature, form: outputs, isConfirmed: false, hasRun: false },
      };
    } catch (error) {
      this.#giveUp(`TensorFlow does not take it as a graph (${messageOf(error)})`);
    }
  }

  #confirm(backend: SessionBackend, graph: Graph<Outputs>, inputs: Inputs): boolean {
    const { outputs, program, problem } = this.#record(backend, inputs);
    const [form, other] = [formOf(graph.form), formOf(outputs)];
    const difference =
      form !== other
        ? `it returns ${form} in one step and ${other} in the next`
        : program === null
          ? problem
          : programDifference(graph.program, program);
    graph.isConfirmed = true;
    if (difference !== null) {
      graph.runnable.dispose();
      this.#giveUp(difference);
    }
    return difference === null;
  }

  #record(backend: SessionBackend, inputs: Inputs): RecordedStep<Outputs> {
    return deferComputation(backend, () =>
      withoutEffect(() => {
        const disposeNew = newTensors();
        const recorded = recordStep(backend, this.#step, inputs);
        disposeNew(recorded.outputs);
        return recorded;
      }),
    );
  }

  /** Null where TensorFlow finds only now that it cannot; the variables are as before then. */
  #runGraph(graph: Graph<Outputs>, inputs: readonly tf.Tensor[]): tf.Tensor[] | null {
    if (graph.hasRun) return graph.runnable.run(inputs);
    const outputs = graph.runnable.tryToRun(inputs, (error) => {
      graph.runnable.dispose();
      this.#giveUp(`TensorFlow does not run it as a graph (${messageOf(error)})`);
    });
    graph.hasRun = outputs !== null;
    return outputs;
  }

  #giveUp(reason: string): void {
    this.#phase = { name: 'eager' };
    this.#options.onEager?.(reason);
  }
}

const signatureOf = (inputs: tf.TensorContainer): string => formOf(inputs, () => 'number');

/** Gives what disposes of the tensors in a container that are made from here on: a step may also return what was there. */
function newTensors(): (container: tf.TensorContainer) => void {
  const last = tf.tidy(() => tf.scalar(0).id);
  return (container) => {
    tf.dispose(tensorsIn(container).filter((tensor) => tensor.id > last && !(tensor instanceof tf.Variable)));
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
