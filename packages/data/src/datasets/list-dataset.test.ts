import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ClassSet } from './class-set.ts';
import { openList, readImageList } from './list-dataset.ts';
import { maskOf, picture, temporaryFolder } from './tiny-voc.test.fixture.ts';
import { vocPalette } from './voc-classes.ts';
import { writeIndexMask, writeRgb } from '../images/write-image.ts';

const roads: ClassSet = {
  name: 'Roads',
  classes: ['ground', 'road', 'car'],
  palette: [
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ],
  ignoreLabel: 200,
};

async function folderWith(text: string, names = ['x/one', 'x/two', 'y/three']): Promise<string> {
  const folder = await temporaryFolder();
  for (const [i, name] of names.entries()) {
    await writeRgb(
      join(folder, `${name}.png`),
      picture(4, 3, () => [i, 0, 0]),
    );
    await writeIndexMask(
      join(folder, `${name}.mask.png`),
      maskOf(4, 3, (x) => [0, 1, 2, 200][x] as number),
    );
  }
  await mkdir(join(folder, 'lists'));
  const list = join(folder, 'lists', 'train.txt');
  await writeFile(list, text);
  return list;
}

const pair = (name: string): string => `../${name}.png ../${name}.mask.png`;

describe('openList', () => {
  it('reads pairs relative to the list, with its own classes, colours and void', async () => {
    const list = await folderWith(`# ours\n${pair('x/one')}\r\n\n  ${pair('y/three')}\n`);
    const dataset = await openList({ list, classes: roads });
    expect(dataset).toMatchObject({ name: 'Roads', split: 'train', ids: ['one', 'three'], ignoreLabel: 200 });
    expect([...dataset.palette.subarray(0, 12)]).toEqual([
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      ...vocPalette().subarray(9, 12),
    ]);
    const { image, mask } = await dataset.read(1);
    expect(image.data[0]).toBe(2);
    expect([...mask.data.subarray(0, 4)]).toEqual([0, 1, 2, 200]);
    expect(() => dataset.read(2)).toThrow(RangeError);
  });

  it('takes names with spaces where a tab parts the columns', async () => {
    const list = await folderWith('../a b.png\t../a b.mask.png\n', ['a b']);
    expect((await openList({ list, classes: roads, split: 'val' })).ids).toEqual(['a b']);
  });

  it('tells images of one name in two folders apart, in names that are files', async () => {
    const list = await folderWith(`${pair('x/one')}\n${pair('y/one')}\n`, ['x/one', 'y/one']);
    expect((await openList({ list, classes: roads })).ids).toEqual(['x+one.png', 'y+one.png']);
  });

  it('applies the void of its own: VOC’s is an illegal value', async () => {
    const list = await folderWith(`${pair('x/one')}\n`);
    const dataset = await openList({ list, classes: { ...roads, ignoreLabel: 255 } });
    await expect(dataset.read(0)).rejects.toThrow('holds the value 200 first at pixel (x 3, y 0)');
  });

  it('counts and names missing files', async () => {
    const list = await folderWith(`${pair('x/one')}\n${pair('x/two')}\n`);
    await rm(join(list, '..', '..', 'x', 'two.mask.png'));
    await expect(openList({ list, classes: roads })).rejects.toThrow(
      /^1 of the 4 files that .*train\.txt names are missing: .*two\.mask\.png; paths are relative to the list/,
    );
  });

  it.each([
    ['', /train\.txt is empty: it needs one example a line/],
    [
      '../x/one.png\n',
      /Line 1 of the list .*train\.txt has 1 column \("\.\.\/x\/one\.png"\), but two are wanted/,
    ],
    [`${pair('x/one')}\n#\na b c\n`, /Line 3 of the list .* has 3 columns \("a b c"\)/],
    [`${pair('x/one')}\n${pair('x/one')}\n`, /names the image .*one\.png twice/],
  ])('refuses the list %j', async (text, message) => {
    const list = await folderWith(text);
    await expect(openList({ list, classes: roads })).rejects.toThrow(message);
  });

  it('refuses a list that is not there', async () => {
    await expect(openList({ list: '/nowhere.txt', classes: roads })).rejects.toThrow(
      /list \/nowhere\.txt could not be read/,
    );
  });

  it.each([
    [{ classes: ['one'] }, 'there are 1, and 2 to 255 are wanted'],
    [{ classes: ['a', 'b', 'a'] }, '"a" is named twice'],
    [
      { ignoreLabel: 2 },
      'ignoreLabel is 2, and a whole number from 3 (the number of classes) to 255 is wanted',
    ],
    [{ palette: [[1, 2, 3]] as const }, 'there are 1 colours for 3 classes'],
    [
      {
        palette: [
          [0, 0, 0],
          [1, 2, 256],
          [0, 0, 1],
        ] as const,
      },
      'the colour of "road" is [1, 2, 256]',
    ],
  ])('refuses the classes %j', async (change, message) => {
    const list = await folderWith(`${pair('x/one')}\n`);
    await expect(openList({ list, classes: { ...roads, ...change } })).rejects.toThrow(message);
  });
});

describe('readImageList', () => {
  it('takes one path a line, and the first of two columns', async () => {
    const list = await folderWith(`../x/one.png\n../a b.png\n${pair('y/c')}\n../d d.png\tmask\n`, ['a b']);
    const folder = join(list, '..', '..');
    expect(await readImageList(list)).toEqual(
      ['x/one.png', 'a b.png', 'y/c.png', 'd d.png'].map((name) => join(folder, name)),
    );
  });
});
