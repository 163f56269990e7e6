import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { imagePaths } from './image-paths.ts';

let root = '';
const at = (...parts: string[]): string => join(root, ...parts);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'some images '));
  await mkdir(at('b/deep'), { recursive: true });
  await mkdir(at('empty'));
  for (const file of ['b/2.JPG', 'b/deep/1.webp', 'b/notes.txt', 'a.png', 'empty/list.csv', 'scan']) {
    await writeFile(at(file), '');
  }
});
afterAll(() => rm(root, { recursive: true }));

it('are files as they are named, and all images below folders, in order and each once', async () => {
  expect(await imagePaths([at('a.png'), at('b'), at('b/2.JPG'), at('b/deep')])).toEqual(
    ['a.png', 'b/2.JPG', 'b/deep/1.webp'].map((file) => at(file)),
  );
  // Who names a file means it, whatever it is called.
  expect(await imagePaths([at('scan')])).toEqual([at('scan')]);
  expect(await imagePaths([])).toEqual([]);
});

it('must be there', async () => {
  await expect(imagePaths([at('a.png'), at('none')])).rejects.toThrow(
    `There is no ${at('none')}: name image files, or folders with some.`,
  );
  await expect(imagePaths([at('empty')])).rejects.toThrow(
    `${at('empty')} holds no image: name image files, or folders with some.`,
  );
});
