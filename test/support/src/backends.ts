import * as tf from '@tensorflow/tfjs-core';

/** Runs `body` with `backend` active and gives the previous backend back, also when `body` throws. */
export async function withBackend<T>(backend: string, body: () => T | Promise<T>): Promise<T> {
  const previous = tf.getBackend();
  if (!(await tf.setBackend(backend))) throw new Error(`The backend "${backend}" could not be initialized`);
  try {
    return await body();
  } finally {
    await tf.setBackend(previous);
  }
}

/** The backends this process can compare: the portable "cpu" always, "tensorflow" where its engine is prepared. */
export const comparableBackends = (): string[] =>
  ['tensorflow', 'cpu'].filter((name) => tf.engine().registryFactory[name] !== undefined);
