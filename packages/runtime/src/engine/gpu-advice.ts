/** When there is a GPU and the engine does not compute on it: one line that says why and what to do. */
import type { EngineStamp } from './cache.ts';
import { cudaCommand } from './cuda-libraries.ts';
import { suitableFlavour } from './platform.ts';

/**
 * @param folder the engine's folder.
 * @param hasGpu whether this machine has an NVIDIA GPU with its driver.
 * @returns null when all is as it should be.
 */
export function gpuAdvice(
  folder: string,
  stamp: Pick<EngineStamp, 'flavour' | 'gpuSeen' | 'origin'>,
  hasGpu: boolean = suitableFlavour(process.platform) === 'gpu',
): string | null {
  if (!hasGpu || stamp.gpuSeen) return null;
  if (stamp.flavour === 'cpu') {
    return 'There is an NVIDIA GPU, but the engine computes on the processor only: `npm run engine -- --flavour gpu`.';
  }
  return stamp.origin === 'wheel'
    ? `TensorFlow did not see the GPU; if CUDA 12 and cuDNN 9 are missing, get them with: ${cudaCommand(folder)}`
    : 'TensorFlow did not see the GPU: this engine (libtensorflow 2.9) needs CUDA 11.2 and cuDNN 8.1.';
}
