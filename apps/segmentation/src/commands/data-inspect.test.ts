import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SAMPLE } from '../testing/tiny-voc.ts';
import { dataInspect } from './data-inspect.ts';

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

  it('takes a folder of any name', async () => {
    await expect(dataInspect({ out: folder, pictures: '1', data: '2012' })).rejects.toThrow(
      /^2012 holds no PASCAL VOC 2012/,
    );
  });

  it('finds out first that the page cannot be written', async () => {
    const taken = join(folder, 'taken');
    await writeFile(taken, '');
    await expect(
      dataInspect({ data: SAMPLE, out: join(taken, 'out'), pictures: '1', set: SMALL }),
    ).rejects.toThrow('ENOTDIR');
    expect(process.stderr.write).not.toHaveBeenCalled();
  });
});
