import * as tf from '@tensorflow/tfjs-core';

/** A differentiable function of some tensors; its result may have any shape. */
export type TensorFunction = (...inputs: tf.Tensor[]) => tf.Tensor;

export interface GradientCheckOptions {
  /** Half the distance between the two evaluations. Default 1e-2: float32 rounding is larger below it. */
  step?: number;
  /** How many elements of each input to probe, spread evenly. Default 12. */
  probes?: number;
}

export interface GradientCheck {
  /** Which input, in order. */
  input: number;
  element: number;
  analytic: number;
  numeric: number;
}

/**
 * Compares the gradient of `sum(f(inputs) · r)`, with r a fixed pattern of the output's shape, against central
 * differences, for every input. The pattern makes errors that cancel in a plain sum visible.
 */
export function checkGradients(
  f: TensorFunction,
  inputs: readonly tf.Tensor[],
  { step = 1e-2, probes = 12 }: GradientCheckOptions = {},
): GradientCheck[] {
  const loss = (...xs: tf.Tensor[]): tf.Scalar => {
    const y = f(...xs);
    const pattern = Float32Array.from({ length: y.size }, (_, i) => Math.sin(1.3 * i + 0.7));
    return tf.sum(tf.mul(y, tf.tensor(pattern, y.shape)));
  };
  const analytic = tf.tidy(() =>
    tf
      .grads(loss)([...inputs])
      .map((g) => g.dataSync().slice()),
  );
  const values = inputs.map((t) => Float32Array.from(t.dataSync()));
  const evaluate = (input: number, element: number, delta: number): number =>
    tf.tidy(() => {
      const shifted = inputs.map((t, k) => {
        if (k !== input) return t;
        const data = Float32Array.from(values[k] ?? []);
        data[element] = (data[element] ?? 0) + delta;
        return tf.tensor(data, t.shape);
      });
      return loss(...shifted).dataSync()[0] ?? NaN;
    });
  return inputs.flatMap((t, input) => {
    const count = Math.min(probes, t.size);
    return Array.from({ length: count }, (_, k) => {
      const element = Math.floor((k * t.size) / count);
      const numeric = (evaluate(input, element, step) - evaluate(input, element, -step)) / (2 * step);
      return { input, element, analytic: analytic[input]?.[element] ?? NaN, numeric };
    });
  });
}

/** The largest |analytic − numeric| / max(1, |numeric|) of a check; NaN if anything was not a number. */
export const worstGradientError = (checks: readonly GradientCheck[]): number =>
  checks.reduce((worst, { analytic, numeric }) => {
    const error = Math.abs(analytic - numeric) / Math.max(1, Math.abs(numeric));
    return Number.isNaN(error) ? NaN : Math.max(worst, error);
  }, 0);
