import { goldenSequence } from '@plumbline/test-support';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { graphBackend, hasGraphs, held, valuesOf, withBinding } from './capture.test.support.ts';
import { deferComputation, isDeferring } from './deferred-work.ts';

beforeEach(() => {
  tf.engine().startScope();
});
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

const deferred = <T>(work: () => T): T => deferComputation(graphBackend(), work);

/** Names of the operations that TensorFlow runs while `work` lasts. */
function operationsOf(work: () => void): string[] {
  const names: string[] = [];
  withBinding(
    (binding) => ({
      executeOp: (name, ...others) => {
        names.push(name);
        return binding.executeOp(name, ...others);
      },
    }),
    work,
  );
  return names;
}

const numbers = (shape: number[], seed = 1): tf.Tensor =>
  tf.tensor(
    goldenSequence(
      shape.reduce((product, size) => product * size, 1),
      seed,
    ),
    shape,
  );
const image = (size: number, channels = 2): tf.Tensor4D => numbers([2, size, size, channels]) as tf.Tensor4D;
const kernel = (size: number): tf.Tensor4D => numbers([size, size, 2, 3], 2) as tf.Tensor4D;

/** Work over what training steps are made of; those with a rule of their own, and those that are tried out. */
const WORKS: readonly (readonly [string, () => tf.Tensor | tf.Tensor[]])[] = [
  ['elementwise', () => tf.relu(tf.neg(tf.sqrt(tf.abs(numbers([2, 3])))))],
  ['broadcasts', () => tf.add(numbers([2, 1, 3]), tf.mul(numbers([4, 1]), numbers([])))],
  ['broadcasts an empty axis', () => tf.add(tf.zeros([0, 3]), numbers([1, 3]))],
  ['comparisons', () => tf.logicalAnd(tf.greater(numbers([2, 3]), 0), tf.isNaN(numbers([3])))],
  ['a choice', () => tf.where(tf.greater(numbers([2, 3]), 0), numbers([2, 3]), tf.zeros([2, 3]))],
  [
    'sums',
    () => [tf.sum(numbers([2, 3, 4]), [0, -1]), tf.max(numbers([2, 3]), 1, true), tf.mean(numbers([5]))],
  ],
  ['a logical reduction', () => tf.any(tf.greater(numbers([2, 3]), 0), 1)],
  ['casts', () => tf.cast(numbers([2, 3]), 'int32')],
  ['new shapes', () => tf.expandDims(tf.reshape(numbers([2, 6]), [3, -1]), -1)],
  ['other orders', () => tf.transpose(numbers([2, 3, 4]), [2, 0, 1])],
  ['copies side by side', () => tf.tile(numbers([2, 3]), [2, 1])],
  [
    'what is the same everywhere',
    () => [tf.fill([2, 3], 4), tf.zerosLike(numbers([3])), tf.onesLike(numbers([2]))],
  ],
  ['parts', () => [tf.slice(numbers([4, 5]), [1, 2], [2, -1]), ...tf.split(numbers([4, 6]), [1, 5], 1)]],
  ['steps', () => tf.stridedSlice(numbers([5, 4]), [0, 1], [5, 4], [2, 1])],
  ['joined', () => tf.concat([numbers([2, 3]), numbers([2, 1])], -1)],
  ['stacked', () => [tf.stack([numbers([2]), numbers([2])], 1), ...tf.unstack(numbers([2, 3]))]],
  ['products', () => tf.matMul(numbers([2, 3]) as tf.Tensor2D, numbers([4, 3]) as tf.Tensor2D, false, true)],
  ['many products', () => tf.matMul(numbers([5, 3, 2]), numbers([1, 3, 4]), true)],
  ['gathered', () => tf.gather(numbers([4, 2]), tf.tensor1d([3, 0, 1], 'int32'))],
  ['the largest', () => Object.values(tf.topk(numbers([2, 5]), 3))],
  ['different ones', () => Object.values(tf.unique(tf.tensor1d([3, 1, 3, 2])))],
  [
    'gathered along the second axis',
    () => tf.gather(numbers([2, 4, 3]), tf.tensor2d([[3, 0]], [1, 2], 'int32'), 1),
  ],
  ['one hot', () => tf.oneHot(tf.tensor1d([2, 0], 'int32'), 4)],
  [
    'padded',
    () =>
      tf.pad(numbers([2, 3]), [
        [1, 0],
        [0, 2],
      ]),
  ],
  ['pools', () => tf.maxPool(image(7), 3, 2, 'same')],
  ['resized', () => tf.image.resizeBilinear(image(5), [3, 9], true)],
  ['whole numbers', () => tf.floorDiv(tf.tensor1d([7, 8], 'int32'), tf.tensor1d([2, 3], 'int32'))],
  ['complex numbers', () => tf.real(tf.fft(tf.complex(numbers([4]), tf.zeros([4]))))],
  ['a convolution', () => tf.conv2d(image(7), kernel(3), 2, 'same')],
  ['a convolution of what is there', () => tf.conv2d(image(8), kernel(3), [3, 2], 'valid')],
  ['a dilated convolution', () => tf.conv2d(image(9), kernel(3), 1, 'valid', 'NHWC', 2)],
  [
    'gradients',
    () => {
      const loss = (x: tf.Tensor, w: tf.Tensor): tf.Scalar =>
        tf.sum(
          tf.softmax(tf.reshape(tf.relu(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, 'same')), [2, -1])),
        );
      return tf.grads(loss)([image(7), kernel(3)]);
    },
  ],
];

describe.runIf(hasGraphs)('deferComputation (needs the native engine)', () => {
  it.each(WORKS)('knows the shape of %s without computing it, and computes it when it is read', (_, work) => {
    const results = [work()].flat();
    const expected = results.map(({ shape, dtype }) => ({ shape, dtype }));
    const values = valuesOf(...results);
    deferred(() => {
      const later = [work()].flat();
      expect(later.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(expected);
      expect(valuesOf(...later)).toEqual(values);
    });
  });

  it('runs no operation whose result nobody looks at', () => {
    const [x, w] = [image(7), kernel(3)];
    const names = operationsOf(() => {
      deferred(() => {
        tf.tidy(() => {
          tf.mul(tf.conv2d(x, w, 1, 'same'), 2);
        });
      });
    });
    // Which is how shapes of what was there before are asked for.
    expect(names.filter((name) => name !== 'Identity')).toEqual([]);
  });

  it('computes what outlives the work, once', () => {
    const x = numbers([3]);
    const doubled = tf.tidy(() => tf.mul(x, 2));
    const variable = tf.variable(numbers([3], 5));
    const kept: tf.Tensor[] = [];
    const names = operationsOf(() => {
      deferred(() => {
        const later = tf.mul(x, 2);
        kept.push(later, tf.clone(later));
        variable.assign(tf.mul(later, 1) as tf.Tensor1D);
      });
    });
    expect(names.filter((name) => name === 'Mul')).toHaveLength(2);
    const [expected] = valuesOf(doubled);
    expect(valuesOf(...kept, variable)).toEqual([expected, expected, expected]);
  });

  it('uses tensors that were disposed of before their use was computed', () => {
    const result = deferred(() => {
      const x = tf.tensor1d([1, 2]);
      const square = tf.square(x);
      const sum = tf.add(square, x);
      tf.dispose([x, square]);
      return sum;
    });
    expect(valuesOf(result)).toEqual([[2, 6]]);
  });

  it('leaves nothing behind', () => {
    const x = numbers([3]);
    valuesOf(tf.mul(x, 2));
    const before = held();
    deferred(() => {
      const y = tf.tidy(() => tf.add(tf.mul(x, 2), tf.tensor1d([1, 2, 3])));
      valuesOf(tf.neg(y));
      y.dispose();
    });
    expect(held()).toEqual(before);
  });

  it('computes nothing to say which class has the largest logit', () => {
    const logits = numbers([3, 4]);
    const names = operationsOf(() => {
      deferred(() => {
        tf.tidy(() => {
          tf.oneHot(tf.argMax(tf.exp(logits), 1), 4);
        });
      });
    });
    expect(names).not.toContain('Exp');
  });

  it('throws what TensorFlow cannot compute, and leaves nothing behind', () => {
    const divide = (): tf.Tensor =>
      tf.tidy(() => tf.floorDiv(tf.tensor1d([1, 2], 'int32'), tf.tensor1d([0, 1], 'int32')));
    const before = held();
    const kept: tf.Tensor[] = [];
    expect(() => {
      deferred(() => {
        kept.push(
          divide(),
          tf.tidy(() => tf.square(tf.tensor1d([3]))),
        );
      });
    }).toThrow(/division by zero/i);
    expect(valuesOf(kept[1] as tf.Tensor)).toEqual([[9]]);
    tf.dispose(kept);
    expect(() => {
      deferred(() => {
        kept.push(divide());
        throw new Error('out of paper');
      });
    }).toThrow('out of paper');
    tf.dispose(kept);
    expect(held().handles).toBe(before.handles);
  });

  it('is as if it had not been, after an error', () => {
    const x = numbers([3]);
    const variable = tf.variable(tf.zeros([3]));
    expect(() => {
      deferred(() => {
        variable.assign(tf.mul(x, 2) as tf.Tensor1D);
        throw new Error('out of paper');
      });
    }).toThrow('out of paper');
    expect(isDeferring()).toBe(false);
    expect(valuesOf(variable)).toEqual(valuesOf(tf.mul(x, 2)));
  });
});
