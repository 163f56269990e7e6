import { parseRecipe } from '@plumbline/norm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { deepLabV3 } from '../deeplabv3.ts';
import { disagreement, loadFiles } from '../testing/exported-files.ts';
import { freeTensorsAfterEach } from '../testing/tensor-scope.ts';
import { layersArtifacts } from './layers-artifacts.ts';
import { STOCK_CLASSES } from './stock-classes.ts';
import { toStock } from './to-stock.ts';

freeTensorsAfterEach();

const stockNetwork = (recipe = 'wa+gn'): tfl.LayersModel =>
  toStock(
    deepLabV3({
      backbone: 'mobilenetv2',
      width: 0.1,
      recipe: parseRecipe(recipe, { groups: 2 }),
      classes: 3,
      headChannels: 8,
      outputStride: 32,
      atrousRates: [1],
    }),
    { size: 33, pixels: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } },
  );

describe('layersArtifacts', () => {
  it('names stock classes only', () => {
    const [json] = layersArtifacts(stockNetwork());
    const text = new TextDecoder().decode(json?.bytes);
    expect(text).not.toMatch(/plumbline/);
    const { modelTopology } = JSON.parse(text) as {
      modelTopology: { config: { layers: { class_name: string }[] } };
    };
    const classes = new Set(modelTopology.config.layers.map((layer) => layer.class_name));
    expect(STOCK_CLASSES).toEqual(expect.arrayContaining([...classes]));
  });

  it('hands on the metadata', async () => {
    const metadata = { classes: ['sky', 'sea'] };
    const loaded = await loadFiles(layersArtifacts(stockNetwork('bn'), { metadata }));
    expect(loaded.getUserDefinedMetadata()).toEqual(metadata);
  });

  it.each([
    ['float32', 0, 0],
    ['float16', 1e-6, 3e-2],
    ['uint8', 1e-5, 3e-1],
  ] as const)('gives the function back from %s', async (precision, least, most) => {
    const stock = stockNetwork('bn');
    const loaded = await loadFiles(layersArtifacts(stock, { precision }));
    const x = tf.randomUniform([1, 33, 33, 3], 0, 255, 'float32', 2);
    const difference = disagreement(stock.predict(x) as tf.Tensor, loaded.predict(x) as tf.Tensor);
    expect(difference).toBeGreaterThanOrEqual(least);
    expect(difference).toBeLessThanOrEqual(most);
  });

  it('makes shards of 4 MiB', async () => {
    const image = tfl.input({ shape: [1, 1, 1500] });
    const layer = tfl.layers.conv2d({ filters: 1600, kernelSize: 1 });
    const model = tfl.model({ inputs: image, outputs: layer.apply(image) as tfl.SymbolicTensor });
    const files = layersArtifacts(model);
    expect(files.map(({ name }) => name)).toEqual([
      'model.json',
      'group1-shard1of3.bin',
      'group1-shard2of3.bin',
      'group1-shard3of3.bin',
    ]);
    expect(files[1]?.bytes).toHaveLength(4 * 2 ** 20);
    const loaded = await loadFiles(files);
    const x = tf.randomNormal([1, 1, 1, 1500], 0, 1, 'float32', 3);
    expect(disagreement(model.predict(x) as tf.Tensor, loaded.predict(x) as tf.Tensor)).toBe(0);
  });
});
