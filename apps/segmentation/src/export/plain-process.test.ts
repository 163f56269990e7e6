import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ABOUT, exportedNetwork } from '../testing/exported-network.ts';
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
  const { shape, values } = JSON.parse(await readFile(join(folder, 'pixels.json'), 'utf8'));
  const logits = model.predict(tf.tensor(values, shape));
  console.log(JSON.stringify({ shape: logits.shape, logits: [...logits.dataSync()], about: model.getUserDefinedMetadata() }));
`;

describe('an exported model', () => {
  it.each(['wa+gn', 'bn'])(
    'with %s runs in a process that has TensorFlow.js and nothing else',
    async (recipe) => {
      const { files, pixels, difference } = exportedNetwork(recipe);
      await writeFiles(folder, files);
      await writeFile(join(folder, 'pixels.json'), JSON.stringify(pixels));
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module', '--eval', PLAIN, folder],
        { cwd: import.meta.dirname, env: { ...process.env, NODE_OPTIONS: '' }, maxBuffer: 2 ** 24 },
      );
      const said = JSON.parse(stdout.slice(stdout.indexOf('{"shape"'))) as {
        shape: number[];
        logits: number[];
        about: unknown;
      };
      expect(said.about).toEqual(ABOUT);
      expect(difference(said.shape, said.logits)).toBeLessThan(1e-3);
    },
  );
});
