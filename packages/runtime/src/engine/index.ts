/** Preparing and removing the native engine. Loads no TensorFlow.js, so that it can run before the engine exists. */
export { type AddonPackage } from './addon-package.ts';
export { engineCache, type EngineCache, type EngineStamp, type PreparedEngine } from './cache.ts';
export { gpuAdvice } from './gpu-advice.ts';
export { linkedEngine } from './link.ts';
export { type Flavour, FLAVOURS } from './platform.ts';
export { type EngineOutcome, prepareEngine, type PrepareOptions } from './prepare.ts';
export { type Removed, removeEngine, type RemoveOptions } from './remove.ts';
export { missingForEngine } from './requirements.ts';
export { type Say } from './say.ts';
