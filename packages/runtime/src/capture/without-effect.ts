// Runs something that changes variables, and puts them back. Nothing is copied.

import * as tf from '@tensorflow/tfjs-core';

export const registeredVariables = (): tf.Variable[] => Object.values(tf.engine().state.registeredVariables);

/** What `work` returns; variables have their values of before, and those that it makes the values they were made with. */
export function withoutEffect<T>(work: () => T): T {
  const values = new VariableValues();
  const stop = hearOfNewVariables((variable) => values.add(variable));
  try {
    return work();
  } finally {
    stop();
    values.putBack();
    values.dispose();
  }
}

class VariableValues {
  readonly #values = new Map<tf.Variable, tf.Tensor>();

  constructor() {
    for (const variable of registeredVariables()) this.add(variable);
  }

  add(variable: tf.Variable): void {
    this.#values.set(variable, tf.keep(tf.clone<tf.Tensor>(variable)));
  }

  putBack(): void {
    for (const [variable, value] of this.#values)
      if (!variable.isDisposed && variable.dataId !== value.dataId) variable.assign(value);
  }

  dispose(): void {
    for (const value of this.#values.values()) value.dispose();
  }
}

/** Until the returned function is called. */
function hearOfNewVariables(hear: (variable: tf.Variable) => void): () => void {
  const engine = tf.engine();
  const { makeVariable } = engine;
  engine.makeVariable = (...values) => {
    const variable = makeVariable.apply(engine, values);
    hear(variable);
    return variable;
  };
  return () => {
    engine.makeVariable = makeVariable;
  };
}
