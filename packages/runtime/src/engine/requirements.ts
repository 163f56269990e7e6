/** What this machine lacks for preparing the native engine, each with the command that mends it. */
import { findAddonPackage } from './addon-package.ts';
import { findCompiler } from './compile-addon.ts';
import { findPip, PIP_MENDING } from './pip.ts';
import { suitableFlavour, thisPlatform } from './platform.ts';
import { wheelFor } from './wheels.ts';

/** Sentences without a full stop; empty when `prepareEngine` has all it needs. */
export async function missingForEngine(): Promise<string[]> {
  const platform = thisPlatform();
  const wheel = wheelFor(platform, suitableFlavour(platform.os));
  const missing: string[] = [];
  if (findAddonPackage() === null) {
    missing.push('the package @tensorflow/tfjs-node-gpu is not installed; run `npm ci`');
  }
  if (typeof wheel === 'string') return [...missing, wheel];
  if ((await findPip()) === null) missing.push(`pip, to find TensorFlow's wheel; ${PIP_MENDING}`);
  await findCompiler(platform.os).catch((error: Error) => missing.push(error.message));
  return missing;
}
