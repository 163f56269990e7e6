// Trains a small network to tell rings from crosses, one picture per step, and saves and loads it.

import { parseRecipe } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { drawPictures } from './pictures.mjs';

const EPOCHS = 5;

/** Three convolutions, each with a normalization and a ReLU, then the mean of every channel and a classifier. */
function buildModel() {
  const recipe = parseRecipe('wa+gn', { groups: 4, seed: 1 });
  const input = tf.input({ shape: [24, 24, 1] });
  let x = input;
  for (const [i, filters] of [8, 16, 16].entries()) {
    x = recipe.conv({ name: `conv${i}`, filters, kernelSize: 3, strides: 2, padding: 1 }).apply(x);
    // A recipe without a normalization of activations, such as `wa`, makes no such layer.
    x = recipe.norm({ name: `norm${i}` })?.apply(x) ?? x;
    x = recipe.act({ name: `relu${i}` }).apply(x);
  }
  x = tf.layers.globalAveragePooling2d({}).apply(x);
  x = tf.layers.dense({ units: 2, activation: 'softmax', kernelInitializer: 'zeros' }).apply(x);
  return tf.model({ inputs: input, outputs: x });
}

/** Writes the model as `model.json` and `weights.bin`. In a browser, `model.save('indexeddb://…')` does the same. */
async function save(model, folder) {
  await mkdir(folder, { recursive: true });
  const handler = tf.io.withSaveHandler(async ({ weightData, ...rest }) => {
    await writeFile(`${folder}/model.json`, JSON.stringify(rest));
    await writeFile(`${folder}/weights.bin`, new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)));
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  });
  await model.save(handler);
}

/** Importing @plumbline/norm has made its layers known to `loadLayersModel`. */
async function load(folder) {
  const artifacts = JSON.parse(await readFile(`${folder}/model.json`, 'utf8'));
  const weightData = new Uint8Array(await readFile(`${folder}/weights.bin`)).buffer;
  return tf.loadLayersModel(tf.io.fromMemory({ ...artifacts, weightData }));
}

const model = buildModel();
model.compile({
  optimizer: tf.train.adam(0.01),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
});

const training = drawPictures(80, 1);
const heldOut = drawPictures(32, 2);
await model.fit(training.images, training.labels, {
  batchSize: 1,
  epochs: EPOCHS,
  shuffle: false, // rings and crosses alternate as they are drawn
  verbose: 0,
  callbacks: {
    onEpochEnd: (epoch, { loss, acc }) => {
      const percent = (100 * acc).toFixed(0);
      console.log(`epoch ${epoch + 1}: loss ${loss.toFixed(3)}, training accuracy ${percent} %`);
    },
  },
});

const [, accuracy] = model.evaluate(heldOut.images, heldOut.labels, { batchSize: 1 });
const percent = (100 * accuracy.dataSync()[0]).toFixed(0);
console.log(`held-out accuracy: ${percent} % of ${heldOut.images.shape[0]} pictures`);

await save(model, 'saved');
const loaded = await load('saved');
const difference = tf.max(tf.abs(tf.sub(model.predict(heldOut.images), loaded.predict(heldOut.images))));
console.log(`saved and loaded: the predictions differ by ${difference.dataSync()[0]}`);
