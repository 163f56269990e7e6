// Released weights on distributed images, by the way of `evaluate`. Set PLUMBLINE_REAL_DATA to a folder that holds
// weights/resnet20-12fca82f.safetensors (akamaster/pytorch_resnet_cifar10) and cifar-10-batches-bin.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../commands/evaluate.ts';

const root = process.env['PLUMBLINE_REAL_DATA'] ?? '';
const weights = join(root, 'weights/resnet20-12fca82f.safetensors');
const images = join(root, 'cifar-10-batches-bin');
const reason = root === '' ? 'PLUMBLINE_REAL_DATA is not set to a folder with both' : `${root} has not both`;

describe.skipIf(!existsSync(weights) || !existsSync(images))(
  `the released ResNet-20 on CIFAR-10 (skipped when ${reason})`,
  () => {
    // They were trained with ImageNet's mean and deviation, and published at 91.7 % on the pictures as they were made. Of
    // copies that went through JPEG, an independent program gets 81 to 83 % right.
    it('gets 81 to 83 % of JPEG copies right, or what was published', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
      try {
        const out = join(folder, 'scores.json');
        const set = [
          'images.mean=[0.485,0.456,0.406]',
          'images.std=[0.229,0.224,0.225]',
          'data.testLimit=2000',
        ];
        await evaluate({
          preset: 'cifar10-r20',
          dataset: 'cifar10',
          data: images,
          weights,
          recipe: 'bn',
          set,
          out,
        });
        const { top1 } = JSON.parse(await readFile(out, 'utf8')) as { top1: number };
        expect(top1 < 0.9 ? [top1 >= 0.81, top1 <= 0.83] : [top1 >= 0.91, top1 <= 0.925]).toEqual([
          true,
          true,
        ]);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  },
);
