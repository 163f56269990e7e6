/**
 * Importing this module gives TensorFlow.js, layers included, ready on the best backend of this machine; or on the one
 * that `PLUMBLINE_BACKEND` names (tensorflow, wasm, cpu). It throws when that one is unknown or cannot be had.
 */
import * as tf from '@tensorflow/tfjs';
import {
  type BackendDescription,
  describeLoadedBackend,
  type EnvironmentReport,
  reportEnvironment,
} from './environment.ts';
import { loadBackend } from './load-backend.ts';

export { BACKENDS, type BackendName } from './backend-choice.ts';
export { type EngineStamp } from './engine/cache.ts';
export { type BackendDescription, type Device, type EnvironmentReport } from './environment.ts';
export { canRunSavedModels, loadSavedModel, type LoadedSavedModel } from './saved-model.ts';
export { canTrain } from './training-check.ts';
export { tf };

const loaded = await loadBackend(process.env['PLUMBLINE_BACKEND']);

/** The backend in use, why it was taken, and the device it computes on. */
export const describeBackend = (): BackendDescription => describeLoadedBackend(loaded);

/** Everything about this machine that a result depends on; plain data, ready for JSON. */
export const environmentReport = (): EnvironmentReport => reportEnvironment(loaded);
