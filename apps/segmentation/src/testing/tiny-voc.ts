/** The smallest training on the sample that comes with the project, and damaged copies of that sample. */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';

export const SAMPLE = join(import.meta.dirname, '../../../../data/sample/VOC2012');

/** `--set` assignments: seconds a run. Without momentum a checkpoint has half the size. */
export const TINY = [
  'data.baseSize=40',
  'data.trainLimit=4',
  'data.valLimit=2',
  'data.workers=0',
  'augment.cropSize=33',
  'model.depth=18',
  'model.outputStride=32',
  'model.headChannels=8',
  'model.atrousRates=[1]',
  'optimizer.momentum=0',
  'train.steps=4',
  'train.logEvery=1',
  'evaluate.size=49',
  'evaluate.pictures=1',
];

/** Copies the sample to `root` and lets `damage` loose on the copy. */
export async function damagedSample(
  root: string,
  damage: (root: string) => Promise<unknown>,
): Promise<string> {
  await cp(SAMPLE, root, { recursive: true });
  await damage(root);
  return root;
}
