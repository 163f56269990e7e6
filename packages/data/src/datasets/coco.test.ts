import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { paintShape, unpackRuns, type CocoShape } from './coco-shapes.ts';
import { openCoco, type CocoSample } from './coco.ts';
import { maskOf, temporaryFolder } from './tiny-voc.test.fixture.ts';

const painted = (shape: CocoShape, width = 6, height = 4): string[] => {
  const mask = maskOf(width, height, () => 0);
  paintShape(mask, shape, 1);
  return Array.from({ length: height }, (_, y) => mask.data.subarray(y * width, (y + 1) * width).join(''));
};

/** COCO's packing, the other way round. */
function pack(runs: readonly number[]): string {
  return runs
    .map((run, i) => {
      let value = i > 2 ? run - (runs[i - 2] as number) : run;
      let text = '';
      for (let more = true; more;) {
        let code = value & 31;
        value >>= 5;
        more = (code & 16) !== 0 ? value !== -1 : value !== 0;
        if (more) code |= 32;
        text += String.fromCharCode(code + 48);
      }
      return text;
    })
    .join('');
}

describe('paintShape', () => {
  it('fills the pixels whose centres lie in a polygon', () => {
    expect(painted([[1, 1, 4, 1, 4, 3, 1, 3]])).toEqual(['000000', '011100', '011100', '000000']);
    expect(painted([[1.4, 0, 3.6, 0, 3.6, 1, 1.4, 1]])).toEqual(['011100', '000000', '000000', '000000']);
    expect(painted([[1.6, 0, 3.4, 0, 3.4, 1, 1.6, 1]])).toEqual(['001000', '000000', '000000', '000000']);
    expect(painted([[0, 0, 6, 0, 0, 4]])).toEqual(['111110', '111100', '110000', '100000']);
  });

  it('joins the polygons of an object and cuts what lies outside the image', () => {
    const square = (x: number, y: number): number[] => [x, y, x + 2, y, x + 2, y + 2, x, y + 2];
    expect(painted([square(0, 0), square(1, 1), square(5, 3), square(-1, 3)])).toEqual([
      '110000',
      '111000',
      '011000',
      '100001',
    ]);
  });

  it('reads run lengths down the columns', () => {
    const shape = { size: [4, 6] as const, counts: [5, 2, 3, 1, 13] };
    expect(painted(shape)).toEqual(['000000', '010000', '011000', '000000']);
    expect(painted({ ...shape, counts: pack(shape.counts) })).toEqual(painted(shape));
  });

  it('unpacks what is packed: long runs, and runs shorter than the one two before', () => {
    for (const runs of [
      [0, 1],
      [100000, 31, 32, 1, 70000, 16, 15],
      [5, 640, 3, 2, 1000000, 1, 0],
    ]) {
      expect(unpackRuns(pack(runs))).toEqual(runs);
    }
    // 6 = '6'; 33 = 1 + 32 goes on: 'Q', then '1'.
    expect(unpackRuns('6Q1')).toEqual([6, 33]);
  });

  it('refuses runs of another size', () => {
    expect(() => painted({ size: [4, 6], counts: [5, 2] })).toThrow(
      'has run lengths of 7 pixels for 6×4, but its image is 6×4',
    );
    expect(() => painted({ size: [6, 4], counts: [24] })).toThrow('for 4×6');
  });
});

const box = (x: number, y: number, side: number): number[][] => [
  [x, y, x + side, y, x + side, y + side, x, y + side],
];
const coco = {
  categories: [
    { id: 7, name: 'dog' },
    { id: 3, name: 'cat' },
  ],
  images: [
    { id: 2, file_name: 'b.jpg', width: 6, height: 4 },
    { id: 1, file_name: 'a.jpg', width: 3, height: 1 },
  ],
  annotations: [
    { id: 10, image_id: 2, category_id: 3, segmentation: box(1, 1, 1), area: 1, iscrowd: 0 },
    { id: 11, image_id: 2, category_id: 7, segmentation: box(0, 0, 3), area: 9, iscrowd: 0 },
    {
      id: 12,
      image_id: 2,
      category_id: 7,
      segmentation: { size: [4, 6], counts: [8, 8, 8] },
      area: 0,
      iscrowd: 1,
    },
  ],
};

async function open(change: object = {}, categories?: string[]): ReturnType<typeof openCoco> {
  const folder = await temporaryFolder();
  const annotations = join(folder, 'instances.json');
  await writeFile(annotations, JSON.stringify({ ...coco, ...change }));
  return openCoco({ annotations, images: '/pictures', ...(categories === undefined ? {} : { categories }) });
}

const rows = (sample: CocoSample | undefined): string[] => {
  const { width, height, data } = sample?.draw() ?? { width: 0, height: 0, data: new Uint8Array() };
  return Array.from({ length: height }, (_, y) => data.subarray(y * width, (y + 1) * width).join(' '));
};

describe('openCoco', () => {
  it('gives categories classes by their ids, and lays small objects over large ones over crowds', async () => {
    const { classes, samples } = await open();
    expect(classes).toMatchObject({ classes: ['background', 'cat', 'dog'], ignoreLabel: 255 });
    expect(samples.map(({ id, image }) => [id, image])).toEqual([
      ['a', '/pictures/a.jpg'],
      ['b', '/pictures/b.jpg'],
    ]);
    expect(samples[0]?.draw().data).toEqual(new Uint8Array(3));
    expect(rows(samples[1])).toEqual(['2 2 2 255 0 0', '2 1 2 255 0 0', '2 2 2 255 0 0', '0 0 255 255 0 0']);
  });

  it('keeps chosen categories, in their order, and makes the others background', async () => {
    const { classes, samples } = await open({}, ['cat']);
    expect(classes.classes).toEqual(['background', 'cat']);
    expect(rows(samples[1])).toEqual(['0 0 0 0 0 0', '0 1 0 0 0 0', '0 0 0 0 0 0', '0 0 0 0 0 0']);
    await expect(open({}, ['cow'])).rejects.toThrow(/has no category "cow": choose among dog, cat\.$/);
  });

  it('names the annotation that cannot be drawn', async () => {
    const bad = async (change: object): Promise<void> => {
      const { samples } = await open({ annotations: [{ ...coco.annotations[2], ...change }] });
      samples[1]?.draw();
    };
    await expect(bad({ segmentation: { size: [4, 6], counts: [9] } })).rejects.toThrow(
      /^Annotation 12 of b\.jpg in .*instances\.json has run lengths of 9 pixels for 6×4, but its image is 6×4: correct or remove it\.$/,
    );
    await expect(bad({ category_id: 5 })).rejects.toThrow('has category 5, which is not listed');
    await expect(bad({ segmentation: undefined })).rejects.toThrow('has no segmentation');
  });

  it('refuses an image outside the folder, whose mask would be written outside too', async () => {
    const images = [{ ...coco.images[0], file_name: 'a/../../b.jpg' }];
    await expect(open({ images })).rejects.toThrow('names the image "a/../../b.jpg", outside its folder');
  });

  it('refuses images of one id, between which annotations cannot tell', async () => {
    const images = [coco.images[0], { ...coco.images[1], id: 2 }];
    await expect(open({ images })).rejects.toThrow('gives "b.jpg" and "a.jpg" the same id, 2, by which');
  });

  it('refuses images whose masks would have one name', async () => {
    const images = [coco.images[0], { ...coco.images[1], file_name: 'b.png' }];
    await expect(open({ images })).rejects.toThrow(
      /names the images "b\.jpg" and "b\.png", which would have one mask, "b\.png": rename or remove one of them\.$/,
    );
  });

  it.each([
    [{ images: [{ id: 1 }] }, 'nothing as images[0].file_name'],
    [{ images: [{ ...coco.images[0], width: '6' }] }, '"6" as images[0].width'],
    [{ annotations: [coco.annotations[0], null] }, 'nothing as annotations[1].id'],
    [{ categories: [{ id: 3, name: '' }] }, '"" as categories[0].name'],
  ])('says what an entry lacks: %j', async (change, problem) => {
    await expect(open(change)).rejects.toThrow(`has ${problem}: correct it, or pass COCO's instances JSON.`);
  });

  it('refuses what is no COCO file', async () => {
    await expect(open({ images: undefined, categories: 3 })).rejects.toThrow(
      /has no list of images, categories: pass COCO/,
    );
    await expect(openCoco({ annotations: '/none.json', images: '/' })).rejects.toThrow(
      /\/none\.json could not be read/,
    );
  });
});
