import { encodeSafetensors } from '@plumbline/training';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openNetwork } from './open-network.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('takes a run or a weights file, and says what is missing or too much', async () => {
  const checkpoint = 'last';
  await expect(openNetwork({ checkpoint })).rejects.toThrow(/has neither --run/);
  await expect(openNetwork({ checkpoint, run: 'a', weights: 'b' })).rejects.toThrow(/has both --run and/);
  await expect(openNetwork({ checkpoint, run: 'a', preset: 'voc' })).rejects.toThrow(
    /--run brings its own configuration: leave out --preset/,
  );
});

it('refuses weights that cannot be read or are not the network’s, naming the file', async () => {
  const open = (weights: string): Promise<unknown> =>
    openNetwork({ checkpoint: 'last', weights, set: ['model.depth=18', 'model.headChannels=8'] });
  await expect(open(join(folder, 'none.safetensors'))).rejects.toThrow(
    /^The weights .*none\.safetensors cannot be read \(ENOENT\); check the path\.$/,
  );
  const strange = join(folder, 'strange.safetensors');
  const tensors = new Map([['encoder.weight', { shape: [2], data: new Float32Array(2) }]]);
  await writeFile(strange, Buffer.concat(encodeSafetensors({ tensors, metadata: {} })));
  await expect(open(strange)).rejects.toThrow(
    /^.*strange\.safetensors: The weights, read as torchvision's, do not fit the model .*backbone\.conv1\/kernel/,
  );
});
