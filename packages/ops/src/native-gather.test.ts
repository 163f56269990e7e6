import { comparableBackends, withBackend } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';

// `@plumbline/runtime`, which tests begin with, registers the kernel.
describe.runIf(comparableBackends().includes('tensorflow'))('gathering on the native backend', () => {
  const native = (body: () => void): Promise<void> => withBackend('tensorflow', () => tf.tidy(body));
  const rows = (): tf.Tensor2D => tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);

  it('gives the rows and the gradient that are asked for, and reads nothing on the host', async () => {
    await native(() => {
      const indices = tf.tensor1d([2, 0, 2], 'int32');
      const read = vi.spyOn(tf.backend(), 'readSync');
      const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => tf.sum(tf.square(tf.gather(x, indices))))(
        rows(),
      );
      const columns = tf.gather(rows(), tf.tensor2d([1, 1], [1, 2], 'int32'), 1);
      expect(read).not.toHaveBeenCalled();
      read.mockRestore();
      expect(value.dataSync()[0]).toBe(2 * (25 + 36) + 1 + 4);
      expect([...grad.dataSync()]).toEqual([2, 4, 0, 0, 20, 24]);
      expect(columns.arraySync()).toEqual([[[2, 2]], [[4, 4]], [[6, 6]]]);
    });
  });

  it('leaves it to TensorFlow to refuse an index that is out of range', async () => {
    await expect(native(() => void tf.gather(rows(), tf.tensor1d([3], 'int32')).dataSync())).rejects.toThrow(
      /indices\[0\] = 3 is not in \[0, 3\)/,
    );
  });
});
