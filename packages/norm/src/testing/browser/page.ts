// The script of the page: the browser's backends, and the scenario for the test to call.

import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import * as tf from '@tensorflow/tfjs-core';
import { runScenario, type Outcome } from './scenario.ts';

async function runOn(backend: string): Promise<Outcome[]> {
  if (!(await tf.setBackend(backend))) throw new Error(`The backend "${backend}" could not be started.`);
  await tf.ready();
  // A backend that quietly stores 16 bits would turn the comparison into one of rounding errors.
  if (backend === 'webgl' && !tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) {
    throw new Error('WebGL renders to 16-bit floats here; the comparison needs 32.');
  }
  return runScenario();
}

declare global {
  var runPlumblineOn: typeof runOn;
}
globalThis.runPlumblineOn = runOn;
