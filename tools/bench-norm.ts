/**
 * What each normalization costs: forward and backward of a bottleneck block of ResNet-50 (its first stage, at a quarter of
 * the input's size) and of the whole ResNet-50, as a ratio to the same network without any normalization.
 *
 * Beside the recipes run, in turns, so that a busy machine slows all alike: no normalization, `bn` (fused), and
 * TensorFlow.js's own `batchNormalization`. Medians of `--repeats` turns after 2 to warm up.
 *
 *   node --conditions=@plumbline/source --import tsx tools/bench-norm.ts [--recipes wa,ws+gn] [--batches 1,2,8]
 *     [--size 129] [--repeats 9] [--only block|network]
 */
import { parseArgs } from 'node:util';
import { resNet } from '@plumbline/models';
import {
  activationsOf,
  connect,
  parseRecipe,
  recipeNames,
  setInputChecks,
  type Recipe,
  type Signal,
} from '@plumbline/norm';
import { describeBackend, tf } from '@plumbline/runtime';
import * as tfl from '@tensorflow/tfjs-layers';

const { values } = parseArgs({
  options: {
    recipes: { type: 'string' },
    batches: { type: 'string', default: '1,2,8' },
    size: { type: 'string', default: '129' },
    repeats: { type: 'string', default: '9' },
    only: { type: 'string' },
  },
});
const size = Number(values.size);
const repeats = Number(values.repeats);
const singles = recipeNames().filter((name) => !name.includes('+') && name !== 'none' && name !== 'bn');
const recipes = values.recipes?.split(',') ?? [...singles, 'wa+bn', 'wa+gn', 'ws+gn'];

const plain = (name: string): Recipe => parseRecipe(name, { onWarning: () => undefined });
const stock: Recipe = {
  ...plain('bn'),
  name: 'TensorFlow.js',
  norm: ({ name }) => tfl.layers.batchNormalization({ name }),
};

function block(recipe: Recipe): tfl.LayersModel {
  const side = Math.ceil(size / 4);
  const input = tfl.input({ shape: [side, side, 256] });
  let x: Signal = input;
  const convolutions = [
    { filters: 64, kernelSize: 1 },
    { filters: 64, kernelSize: 3, padding: 1 },
    { filters: 256, kernelSize: 1 },
  ];
  convolutions.forEach((options, i) => {
    x = connect(recipe.conv({ ...options, name: `conv${i}` }), x);
    const norm = recipe.norm({ name: `norm${i}`, activation: i < 2 });
    if (norm !== null) x = connect(norm, x);
    if (i < 2 && !(norm !== null && recipe.normIncludesActivation)) {
      x = connect(recipe.act({ name: `act${i}` }), x);
    }
  });
  const sum = connect(recipe.add({ name: 'add' }), [x, input]);
  const outputs = activationsOf(connect(recipe.act({ name: 'act' }), sum));
  return tfl.model({ inputs: input, outputs });
}

const network = (recipe: Recipe): tfl.LayersModel => resNet({ depth: 50, recipe });

interface Contestant {
  readonly name: string;
  readonly model: tfl.LayersModel;
  readonly times: number[];
}

function step(model: tfl.LayersModel, x: tf.Tensor): void {
  tf.tidy(() => {
    const loss = (): tf.Scalar => tf.mean(tf.square(model.apply(x, { training: true }) as tf.Tensor));
    const { value, grads } = tf.variableGrads(loss);
    value.dataSync();
    // A GPU answers before it has computed; one number of a gradient makes it finish.
    Object.values(grads).at(-1)?.dataSync();
  });
}

const median = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;

const contestant = (name: string, make: (recipe: Recipe) => tfl.LayersModel, recipe: Recipe): Contestant => ({
  name,
  model: make(recipe),
  times: [],
});

/** Recipes that run side by side; more would hold too many networks at once. */
const COMPANY = 5;

function compare(kind: string, make: (recipe: Recipe) => tfl.LayersModel, batch: number): void {
  console.log(`\n${kind}, batch ${batch}, ${size}² images`);
  console.log('recipe         ms   ÷ none    ÷ bn   ÷ TensorFlow.js');
  // TransNorm halves its batch between two domains.
  const possible = recipes.filter((name) => name !== 'tn' || batch % 2 === 0);
  for (let first = 0; first < possible.length; first += COMPANY) {
    const baselines = [
      contestant('none', make, plain('none')),
      contestant('bn', make, plain('bn')),
      contestant('TensorFlow.js', make, stock),
    ];
    const ours = possible.slice(first, first + COMPANY).map((name) => contestant(name, make, plain(name)));
    const all = [...baselines, ...ours];
    const [, ...shape] = all[0]?.model.inputs[0]?.shape ?? [];
    const x = tf.randomNormal([batch, ...shape.map((length) => length ?? size)]);
    for (let turn = -2; turn < repeats; turn++) {
      for (const { model, times } of all) {
        const start = performance.now();
        step(model, x);
        if (turn >= 0) times.push(performance.now() - start);
      }
    }
    for (const { name, times } of ours) {
      const own = median(times);
      const ratios = baselines.map((peer) => (own / median(peer.times)).toFixed(2).padStart(6));
      console.log(`${name.padEnd(9)}${own.toFixed(1).padStart(8)}   ${ratios.join('  ')}`);
    }
    for (const { model } of all) model.dispose();
    x.dispose();
  }
}

// Weight Standardization without a normalization of activations overflows in 50 layers, which takes no other time.
setInputChecks('never');
console.log(`backend: ${JSON.stringify(describeBackend())}; forward + backward, medians of ${repeats}`);
for (const batch of values.batches.split(',').map(Number)) {
  if (values.only !== 'network') compare('bottleneck block of the first stage', block, batch);
  if (values.only !== 'block') compare('ResNet-50', network, batch);
}
