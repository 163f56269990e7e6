// Draws data/sample: a small set in PASCAL VOC's layout, with eight of its classes, and two domains of six figures, so that
// training, evaluation and prediction run at once after a checkout. The same seed draws the same scenes.
//
//   npm run sample            into data/sample/VOC2012 and data/sample/domains
//   npm run sample -- FOLDER  into FOLDER/VOC2012 and FOLDER/domains
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomAt, writeIndexMask, writeRgb, type Random } from '@plumbline/data';
import { drawDomains } from './draw-domains.ts';
import type { Frame } from './outdoors.ts';
import { renderMask, renderPicture } from './render.ts';
import { SCENES, type ComposeScene } from './scenes.ts';
import { pick } from './shapes.ts';

const SEED = 2012;
const counts = { train: 48, aug: 8, val: 16 } as const;

const frames: readonly Frame[] = [
  { width: 192, height: 144 },
  { width: 200, height: 133 },
  { width: 180, height: 135 },
  { width: 144, height: 184 },
  { width: 168, height: 160 },
];

const sample = process.argv[2] ?? fileURLToPath(new URL('../../data/sample', import.meta.url));
const root = join(sample, 'VOC2012');
const folder = (name: string): string => join(root, name);

async function drawExample(
  id: string,
  number: number,
  compose: ComposeScene,
  maskFolder: string,
): Promise<void> {
  const random: Random = randomAt(SEED, number);
  const frame = pick(random, frames);
  const scene = compose(random, frame);
  const picture = await renderPicture(scene, frame, random);
  const mask = await renderMask(scene, frame, { voidBorder: maskFolder === 'SegmentationClass' });
  await writeRgb(join(folder('JPEGImages'), `${id}.jpg`), picture, 80);
  await writeIndexMask(join(folder(maskFolder), `${id}.png`), mask);
}

await rm(root, { recursive: true, force: true });
const ids = { train: [] as string[], aug: [] as string[], val: [] as string[] };
let number = 0;
for (const part of ['train', 'aug', 'val'] as const) {
  for (let i = 0; i < counts[part]; i++, number++) {
    const id = `sample_${String(number).padStart(4, '0')}`;
    const compose = SCENES[i % SCENES.length] as ComposeScene;
    await drawExample(id, number, compose, part === 'aug' ? 'SegmentationClassAug' : 'SegmentationClass');
    ids[part].push(id);
  }
}

const lists = join(folder('ImageSets'), 'Segmentation');
await mkdir(lists, { recursive: true });
const write = (split: string, of: readonly string[]): Promise<void> =>
  writeFile(join(lists, `${split}.txt`), `${of.join('\n')}\n`);
await write('train', ids.train);
await write('val', ids.val);
await write('trainval', [...ids.train, ...ids.val]);
await write('trainaug', [...ids.train, ...ids.aug]);
console.log(`Drew ${number} examples into ${root}.`);

const domains = join(sample, 'domains');
console.log(`Drew ${await drawDomains(domains)} pictures into ${domains}.`);
