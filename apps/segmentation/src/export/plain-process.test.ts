import { deepLabV3, layersArtifacts, toStock } from '@plumbline/models';
import { parseRecipe } from '@plumbline/norm';
import { tf } from '@plumbline/runtime';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFiles } from './export-folder.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-plain-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Reads the files with TensorFlow.js alone, in a process that knows no other package. */
const PLAIN = `
  import * as tf from '@tensorflow/tfjs';
  import { readFile } from 'node:fs/promises';
  import { basename, join } from 'node:path';
  const folder = process.argv[1];
  const fetchFunc = async (url) => new Response(await readFile(join(folder, basename(String(url)))));
  const model = await tf.loadLayersModel(tf.io.http('http://exported/model.json', { fetchFunc }));
  const pixels = JSON.parse(await readFile(join(folder, 'pixels.json'), 'utf8'));
  const logits = model.predict(tf.tensor(pixels, [1, 33, 33, 3]));
  console.log(JSON.stringify({ shape: logits.shape, logits: [...logits.dataSync()], about: model.getUserDefinedMetadata() }));
`;

describe('an exported model', () => {
  it.each(['wa+gn', 'bn'])(
    'with %s runs in a process that has TensorFlow.js and nothing else',
    async (name) => {
      const recipe = parseRecipe(name, { groups: 2 });
      const head = { classes: 3, headChannels: 8, outputStride: 32, atrousRates: [1] } as const;
      const model = deepLabV3({ backbone: 'mobilenetv2', width: 0.1, recipe, ...head });
      const statistics = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const;
      const stock = toStock(model, { size: 33, pixels: statistics });
      const pixels = Array.from({ length: 33 * 33 * 3 }, (_, i) => (37 * i) % 256);
      const about = { classes: ['sky', 'land', 'sea'] };
      await writeFiles(folder, layersArtifacts(stock, { metadata: about }));
      await writeFile(join(folder, 'pixels.json'), JSON.stringify(pixels));
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module', '--eval', PLAIN, folder],
        { cwd: import.meta.dirname, env: { ...process.env, NODE_OPTIONS: '' }, maxBuffer: 2 ** 24 },
      );
      const said = JSON.parse(stdout.slice(stdout.indexOf('{"shape"'))) as {
        shape: [number, number, number, number];
        logits: number[];
        about: unknown;
      };
      expect(said.shape).toEqual([1, 33, 33, 3]);
      expect(said.about).toEqual(about);
      const wanted = stock.predict(tf.tensor(pixels, [1, 33, 33, 3])) as tf.Tensor;
      const difference = tf.max(tf.abs(tf.sub(wanted, tf.tensor(said.logits, said.shape))));
      expect(tf.div(difference, tf.max(tf.abs(wanted))).dataSync()[0]).toBeLessThan(1e-3);
    },
  );
});
