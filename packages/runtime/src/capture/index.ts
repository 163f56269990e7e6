/** A training step as one TensorFlow graph. Importing this loads no backend. */
export { CapturedStep, type CaptureOptions } from './captured-step.ts';
export { recordedForward, recordedUpdate, type InPlaceStep } from './recorded-update.ts';
export { type Precision } from './runnable-graph.ts';
