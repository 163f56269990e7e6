import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dataInspect } from '../commands/data-inspect.ts';
import { prepareCoco } from '../commands/data-prepare-coco.ts';
import { countProgress } from './data-progress.ts';
import { SAMPLE } from '../testing/tiny-voc.ts';

let folder = '';
let printed = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
  printed = '';
  vi.spyOn(console, 'log').mockImplementation((text: string) => (printed += `${text}\n`) && undefined);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await rm(folder, { recursive: true });
});

const SMALL = ['augment.cropSize=65', 'data.baseSize=64', 'data.workers=0'];

describe('data inspect', () => {
  it('prints tables and writes a page of its own and JSON', async () => {
    await dataInspect({
      data: SAMPLE,
      out: folder,
      pictures: '3',
      set: [...SMALL, 'augment.photometric=true'],
    });
    expect(printed).toMatch(/PASCAL VOC 2012 +train +val\nimages +48 +16\n/);
    expect(printed).toMatch(/\npottedplant +3\.54 % +15 +3\.63 % +5\n/);
    expect(printed).toContain('0 errors, 2 warnings.');
    const page = await readFile(join(folder, 'inspection.html'), 'utf8');
    expect(page.match(/src="data:image\/jpeg;base64,/g)).toHaveLength(6);
    expect(page).not.toMatch(/(src|href)="(?!data:)/);
    expect(page).toContain(
      'long side 64 pixels, scale 0.5–2, crop 65, flip 0.5, photometric distortion, seed 0',
    );
    const json = JSON.parse(await readFile(join(folder, 'inspection.json'), 'utf8')) as { splits: unknown[] };
    expect(json.splits).toMatchObject([
      { split: 'train', images: 48 },
      { split: 'val', images: 16 },
    ]);
    expect(process.exitCode).toBeUndefined();
  });

  it('fails with what is wrong, and still shows crops of the rest', async () => {
    const root = join(folder, 'VOC2012');
    await cp(SAMPLE, root, { recursive: true });
    const lists = join(root, 'ImageSets', 'Segmentation');
    const [first = '', second = ''] = (await readFile(join(lists, 'train.txt'), 'utf8')).split('\n');
    await writeFile(join(lists, 'train.txt'), `${first}\n${second}\n<gone>\n`);
    await writeFile(join(root, 'SegmentationClass', `${first}.png`), 'no png');
    await dataInspect({ data: root, out: join(folder, 'out'), pictures: '9', set: SMALL });
    expect(printed).toMatch(/error \(unreadable file\): Mask .* could not be decoded/);
    expect(printed).toMatch(/error \(missing file\): Image .*<gone>\.jpg does not exist/);
    expect(printed).toContain('3 errors, 2 warnings.');
    const page = await readFile(join(folder, 'out', 'inspection.html'), 'utf8');
    expect(page).toContain('&lt;gone&gt;.jpg');
    expect(page).not.toContain('<gone>');
    expect(page.match(/<figure>/g)).toHaveLength(1);
    expect(process.exitCode).toBe(1);
  });

  it('refuses a number of pictures that is none', async () => {
    await expect(dataInspect({ out: folder, pictures: 'many' })).rejects.toThrow('--pictures got "many"');
  });
});

describe('data prepare coco', () => {
  it('writes what data.list takes', async () => {
    await cp(join(SAMPLE, 'JPEGImages', 'sample_0000.jpg'), join(folder, 'images', 'one.jpg'));
    const annotations = join(folder, 'instances.json');
    const write = (width: number, height: number): Promise<void> =>
      writeFile(
        annotations,
        JSON.stringify({
          categories: [{ id: 4, name: 'thing' }],
          images: [{ id: 1, file_name: 'one.jpg', width, height }],
          annotations: [
            { id: 1, image_id: 1, category_id: 4, area: 100, segmentation: [[5, 5, 15, 5, 15, 15, 5, 15]] },
          ],
        }),
      );
    await write(10, 10);
    const out = join(folder, 'coco');
    const set = ['train', 'val', 'classes'].map(
      (key) => `data.list.${key}=${join(out, key === 'classes' ? 'classes.yaml' : `${key}.txt`)}`,
    );
    for (const split of ['train', 'val'])
      await prepareCoco({ annotations, images: join(folder, 'images'), out, split });
    await dataInspect({ out: join(folder, 'out'), pictures: '1', set: [...SMALL, ...set] });
    expect(printed).toMatch(/error \(size mismatch\): Mask .*one\.png is 10×10 pixels/);
    expect(printed).toMatch(/error \(in two splits\): "one" is in train and val/);
    expect(printed).toMatch(/\nthing +25\.0 % +1 +25\.0 % +1\n/);
    await expect(prepareCoco({ annotations, images: folder, out, split: 'train' })).rejects.toThrow(
      /^1 of the 1 images of .* are not in .*, the first is .*one\.jpg; check --images\.$/,
    );
  });
});

describe('countProgress', () => {
  it('says how much is done and how long it will take, now and then', () => {
    let time = 0;
    const lines: string[] = [];
    const stream = { write: (text: string) => lines.push(text) > 0 } as unknown as NodeJS.WritableStream;
    const progress = countProgress('images', { stream, now: () => time });
    for (let done = 1; done <= 30; done++) {
      time += 1000;
      progress(done, 30);
    }
    expect(lines).toEqual([
      '10/30 images (33 %), 20 s left\n',
      '20/30 images (66 %), 10 s left\n',
      '30/30 images (100 %), in 30.0 s\n',
    ]);
  });
});
