/**
 * How fast the operations of `@plumbline/ops` are beside what TensorFlow.js offers for the same thing.
 *
 * Every row times forward and backward together, on the backend in use, ours and the peer's turns interleaved so that a
 * busy machine slows both. Medians of `--repeats` (default 31) turns after 5 to warm up; the ratio is peer ÷ ours.
 *
 *   node --conditions=@plumbline/source --import tsx tools/bench-ops.ts [--repeats 31] [--only groupNorm]
 */
import { parseArgs } from 'node:util';
import {
  batchNormTrain,
  conv2d,
  depthwiseConv2d,
  groupNorm,
  maxPool,
  relu,
  resizeBilinear,
  softmaxCrossEntropy,
  standardizeFilters,
} from '@plumbline/ops';
import { describeBackend, tf } from '@plumbline/runtime';

type Operation = (...inputs: tf.Tensor[]) => tf.Tensor;

interface Comparison {
  name: string;
  inputs: tf.Tensor[];
  ours: Operation;
  peer: Operation;
  peerName: string;
}

const as4d = (t: tf.Tensor | undefined): tf.Tensor4D => t as tf.Tensor4D;
const as1d = (t: tf.Tensor | undefined): tf.Tensor1D => t as tf.Tensor1D;
const epsilon = 1e-5;

const map = (shape: number[]): tf.Tensor => tf.randomNormal(shape, 0.3);
const mapAndAffine = (shape: number[]): tf.Tensor[] => {
  const channels = [shape[3] ?? 1];
  return [map(shape), tf.randomUniform(channels, 0.5, 1.5), tf.randomNormal(channels)];
};

const composedBatchNorm: Operation = (x, gamma, beta) => {
  const { mean, variance } = tf.moments(as4d(x), [0, 1, 2]);
  return tf.batchNorm(as4d(x), as1d(mean), as1d(variance), as1d(beta), as1d(gamma), epsilon);
};

const composedGroupNorm: Operation = (x, gamma, beta) => {
  const [n, h, w, c] = as4d(x).shape;
  const groups = tf.reshape(as4d(x), [n, h * w, 32, c / 32]);
  const { mean, variance } = tf.moments(groups, [1, 3], true);
  const normal = tf.div(tf.sub(groups, mean), tf.sqrt(tf.add(variance, epsilon)));
  return tf.add(tf.mul(tf.reshape(normal, [n, h, w, c]), as1d(gamma)), as1d(beta));
};

const composedStandardization: Operation = (w, gain) => {
  const { mean, variance } = tf.moments(as4d(w), [0, 1, 2], true);
  return tf.mul(tf.div(tf.sub(as4d(w), mean), tf.sqrt(tf.add(variance, epsilon))), as1d(gain));
};

const composedCrossEntropy =
  (labels: tf.Tensor): Operation =>
  (logits) => {
    const classes = logits?.shape[3] ?? 1;
    const flat = tf.reshape(labels, [-1]);
    const valid = tf.cast(tf.notEqual(flat, 255), 'float32');
    const target = tf.cast(tf.oneHot(flat as tf.Tensor1D, classes), 'float32');
    const logSoftmax = tf.logSoftmax(tf.reshape(as4d(logits), [-1, classes]));
    return tf.div(tf.neg(tf.sum(tf.mul(target, logSoftmax))), tf.sum(valid));
  };

/** The detour that stock TensorFlow.js needs to train a dilated convolution: the kernel's size 3, 'same' padding. */
const bySpaceToBatch =
  (dilation: number, depthwise: boolean): Operation =>
  (x, kernel) => {
    const [, h, w] = as4d(x).shape;
    const after = (size: number): number => dilation + ((dilation - (size % dilation)) % dilation);
    const batched = tf.spaceToBatchND(
      as4d(x),
      [dilation, dilation],
      [
        [dilation, after(h)],
        [dilation, after(w)],
      ],
    );
    const convolve = depthwise ? tf.depthwiseConv2d : tf.conv2d;
    const crops = [
      [0, after(h) - dilation],
      [0, after(w) - dilation],
    ];
    return tf.batchToSpaceND(convolve(batched, as4d(kernel), 1, 'valid'), [dilation, dilation], crops);
  };

const groupNorm32: Operation = (x, g, b) => groupNorm(as4d(x), as1d(g), as1d(b), 32, epsilon);
const batchNorm: Operation = (x, g, b) => batchNormTrain(as4d(x), as1d(g), as1d(b), epsilon).y;
const pooling = { size: 3, strides: 2, padding: 1 } as const;

function comparisons(): Comparison[] {
  const list: Comparison[] = [];
  const wide = [
    [1, 65, 65, 256],
    [2, 33, 33, 512],
    [2, 129, 129, 64],
  ];
  for (const shape of wide) {
    const inputs = mapAndAffine(shape);
    const label = shape.join('×');
    const composed = 'TF.js moments + elementwise';
    list.push(
      {
        name: `batchNormTrain ${label}`,
        inputs,
        ours: batchNorm,
        peer: composedBatchNorm,
        peerName: composed,
      },
      { name: `groupNorm ${label}`, inputs, ours: groupNorm32, peer: composedGroupNorm, peerName: composed },
      { name: `groupNorm ${label}`, inputs, ours: groupNorm32, peer: batchNorm, peerName: 'batchNormTrain' },
    );
  }
  list.push({
    name: 'relu 2×129×129×64',
    inputs: [map([2, 129, 129, 64])],
    ours: (x) => relu(as4d(x)),
    peer: (x) => tf.relu(as4d(x)),
    peerName: 'tf.relu',
  });
  list.push({
    name: 'maxPool 3/2 1×129×129×64',
    inputs: [map([1, 129, 129, 64])],
    ours: (x) => maxPool(as4d(x), pooling),
    peer: (x) => tf.maxPool(as4d(x), 3, 2, 'same'),
    peerName: 'tf.maxPool',
  });
  for (const dilation of [2, 6]) {
    list.push({
      name: `conv2d d=${dilation} 1×33×33×256→256`,
      inputs: [map([1, 33, 33, 256]), map([3, 3, 256, 256])],
      ours: (x, k) => conv2d(as4d(x), as4d(k), { dilation }),
      peer: bySpaceToBatch(dilation, false),
      peerName: 'space-to-batch',
    });
  }
  list.push({
    name: 'depthwiseConv2d d=6 1×33×33×256',
    inputs: [map([1, 33, 33, 256]), map([3, 3, 256, 1])],
    ours: (x, k) => depthwiseConv2d(as4d(x), as4d(k), { dilation: 6 }),
    peer: bySpaceToBatch(6, true),
    peerName: 'space-to-batch',
  });
  list.push({
    name: 'standardizeFilters 3×3×512×512',
    inputs: [map([3, 3, 512, 512]), tf.ones([512])],
    ours: (w, g) => standardizeFilters(as4d(w), as1d(g), { epsilon }),
    peer: composedStandardization,
    peerName: 'TF.js moments + elementwise',
  });
  const labels = tf.cast(tf.floor(tf.randomUniform([2, 257, 257], 0, 21)), 'int32') as tf.Tensor3D;
  list.push({
    name: 'softmaxCrossEntropy 2×257×257×21',
    inputs: [map([2, 257, 257, 21])],
    ours: (x) => softmaxCrossEntropy(as4d(x), labels).loss,
    peer: composedCrossEntropy(labels),
    peerName: 'oneHot + logSoftmax',
  });
  list.push({
    name: 'resizeBilinear 2×1×1×256→33×33',
    inputs: [map([2, 1, 1, 256])],
    ours: (x) => resizeBilinear(as4d(x), [33, 33]),
    peer: (x) => tf.image.resizeBilinear(as4d(x), [33, 33], true),
    peerName: 'tf.image.resizeBilinear',
  });
  return list;
}

const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

function measure({ inputs, ours, peer }: Comparison, repeats: number): [ours: number, peer: number] {
  const slopes = [ours, peer].map((operation) => {
    const gradients = tf.grads(operation as (...xs: tf.Tensor[]) => tf.Tensor);
    const slope = tf.tidy(() => tf.onesLike(operation(...inputs)));
    return (): void => {
      const results = gradients(inputs, slope);
      // A GPU answers before it has computed; one number back makes it finish.
      tf.tidy(() => tf.slice(tf.reshape(results.at(-1) as tf.Tensor, [-1]), 0, 1).dataSync());
      tf.dispose(results);
    };
  });
  const times: [number[], number[]] = [[], []];
  for (let turn = -5; turn < repeats; turn++) {
    slopes.forEach((run, which) => {
      const start = performance.now();
      run();
      if (turn >= 0) times[which === 0 ? 0 : 1].push(performance.now() - start);
    });
  }
  return [median(times[0]), median(times[1])];
}

const { values } = parseArgs({ options: { repeats: { type: 'string' }, only: { type: 'string' } } });
const repeats = Number(values.repeats ?? 31);
console.log(`backend: ${JSON.stringify(describeBackend())}; forward + backward, medians of ${repeats}`);
for (const comparison of comparisons()) {
  if (values.only !== undefined && !comparison.name.includes(values.only)) continue;
  const [ours, peer] = measure(comparison, repeats);
  const ratio = `${(peer / ours).toFixed(2)}×`;
  const cells = [
    comparison.name.padEnd(36),
    `${ours.toFixed(2)} ms`.padStart(10),
    `${peer.toFixed(2)} ms`.padStart(10),
  ];
  console.log(`${cells.join('  ')}  ${ratio.padStart(8)}  ${comparison.peerName}`);
}
