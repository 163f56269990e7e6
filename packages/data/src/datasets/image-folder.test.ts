import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError } from '../data-error.ts';
import { openImageFolder, requireSameClasses } from './image-folder.ts';
import { tinyFolder } from './tiny-images.test.fixture.ts';
import { temporaryFolder } from './tiny-voc.test.fixture.ts';

describe('openImageFolder', () => {
  it('lists classes and pictures in order, names with spaces too, and no hidden files', async () => {
    const set = await openImageFolder(await tinyFolder());
    expect(set.name).toBe('my pictures');
    expect(set.classes).toEqual(['desk lamp', 'mug']);
    expect(set.ids).toEqual([
      ...[0, 1, 2, 3].map((i) => `desk lamp/lamp ${i}.png`),
      ...[4, 5, 6].map((i) => `mug/${i}.png`),
    ]);
    expect([...set.labels]).toEqual([0, 0, 0, 0, 1, 1, 1]);
  });

  it('sorts by code unit, capitals first, whatever the machine’s language', async () => {
    const root = await tinyFolder();
    await rename(join(root, 'mug'), join(root, 'Zebra'));
    expect((await openImageFolder(root)).classes).toEqual(['Zebra', 'desk lamp']);
  });

  it('follows links to folders', async () => {
    const root = await tinyFolder();
    await symlink(join(root, 'mug'), join(root, 'cup'));
    expect((await openImageFolder(root)).classes).toEqual(['cup', 'desk lamp', 'mug']);
  });

  it('names a link that leads nowhere', async () => {
    const root = await tinyFolder();
    await symlink(join(root, 'gone.png'), join(root, 'mug', 'linked.png'));
    await expect(openImageFolder(root)).rejects.toThrow(
      `The link ${join(root, 'mug', 'linked.png')} leads nowhere (ENOENT`,
    );
  });

  it('takes the wanted order of classes, and refuses other classes by name', async () => {
    const root = await tinyFolder();
    const set = await openImageFolder(root, { classes: ['mug', 'desk lamp'], name: 'mine' });
    expect([set.name, set.ids[0], set.labels[0]]).toEqual(['mine', 'mug/4.png', 0]);
    await expect(openImageFolder(root, { classes: ['mug', 'pen'] })).rejects.toThrow(
      'should have one folder for each of 2 classes, but there is no folder "pen", and "desk lamp" is none of them:',
    );
  });

  it('refuses a missing folder, one without classes, an empty class, and what is no picture', async () => {
    const root = await tinyFolder();
    const refused = async (message: string): Promise<void> => {
      const error: unknown = await openImageFolder(root).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(DataError);
      expect((error as DataError).message).toContain(message);
    };
    await mkdir(join(root, 'pen'));
    await refused('pen holds no picture');
    await writeFile(join(root, 'pen', 'scan.bmp'), '');
    await refused('holds the file "scan.bmp", but only pictures (.avif');
    await rm(join(root, 'pen', 'scan.bmp'));
    await mkdir(join(root, 'pen', 'more'));
    await refused('holds the folder "more"');
    await rm(root, { recursive: true });
    await refused('my pictures does not exist');
    await expect(openImageFolder(await temporaryFolder())).rejects.toThrow('has no class folders');
  });
});

describe('requireSameClasses', () => {
  const set = (name: string, ...classes: string[]) => ({ name, classes });

  it('accepts the same and names what differs', () => {
    requireSameClasses(set('A', 'x', 'y'), set('B', 'x', 'y'));
    expect(() => requireSameClasses(set('A', 'x', 'y'), set('B', 'x', 'z'))).toThrow(
      'need the same classes, but A lacks "z", which B has, and B lacks "y", which A has',
    );
    expect(() => requireSameClasses(set('A', '1', '2', '3', '4', '5'), set('B', '5'))).toThrow(
      'B lacks "1", "2", "3" and 1 more, which A has',
    );
    expect(() => requireSameClasses(set('A', 'x', 'y'), set('B', 'y', 'x'))).toThrow(
      'A and B have the same classes in different orders (class 0 is "x" in one and "y" in the other)',
    );
  });
});
