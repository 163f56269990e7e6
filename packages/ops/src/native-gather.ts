/**
 * `tf.gather` on the "tensorflow" backend without a look at the indices.
 *
 * The backend's own kernel reads them on the host to check them, which a GPU waits for and a captured step cannot do.
 * TensorFlow checks them itself: an index that is out of range throws on a CPU, and gives 0 on a GPU.
 */
import * as tf from '@tensorflow/tfjs-core';

const KERNEL = 'GatherV2';
const BACKEND = 'tensorflow';

/** Puts it in the place of the backend's kernel; without that backend it does nothing. */
export function registerNativeGather(): void {
  const stock = tf.getKernel(KERNEL, BACKEND) as tf.KernelConfig | undefined;
  if (stock === undefined) return;
  tf.unregisterKernel(KERNEL, BACKEND);
  tf.registerKernel({
    ...stock,
    kernelFunc: ({ backend, ...given }) =>
      stock.kernelFunc({
        ...given,
        backend: Object.create(backend as object, { readSync: { value: () => [] } }) as object,
      }),
  });
}
