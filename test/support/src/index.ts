export { comparableBackends, withBackend } from './backends.ts';
export {
  checkGradients,
  worstGradientError,
  type GradientCheck,
  type GradientCheckOptions,
  type TensorFunction,
} from './finite-difference.ts';
export { goldenSequence, goldenValue } from './golden-sequence.ts';
export { readmeExamples, runExample } from './readme-examples.ts';
export { relativeDifference } from './relative-difference.ts';
export { savedAndLoaded } from './save-and-load.ts';
export { stoppingStream } from './stopping-stream.ts';
