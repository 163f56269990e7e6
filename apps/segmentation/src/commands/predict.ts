import { overlay, prepareImage, readRgb, writeIndexMask, writeRgb, type IndexMask } from '@plumbline/data';
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { predictionOptions } from '../evaluation.ts';
import { openTrained } from '../open-trained.ts';
import { segment } from '../segment.ts';

export interface PredictArguments {
  run: string;
  checkpoint: 'last' | 'best';
  out: string;
}

const IMAGE_ENDINGS = ['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff'];

/** The image files that the arguments name, folders opened, in order. */
async function imageFiles(paths: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(
    paths.map(async (path) => {
      const found = await stat(path).catch(() => null);
      if (found === null) throw new Error(`There is no image or folder ${path}; check the path.`);
      if (!found.isDirectory()) return [path];
      const names = (await readdir(path)).filter((name) =>
        IMAGE_ENDINGS.includes(extname(name).toLowerCase()),
      );
      return names.sort().map((name) => join(path, name));
    }),
  );
  const files = lists.flat();
  if (files.length === 0) {
    throw new Error(
      `No image (${IMAGE_ENDINGS.join(', ')}) was found in ${paths.join(', ')}; name image files.`,
    );
  }
  return files;
}

/** File names to write, one per image; two images of one name in different folders would overwrite each other. */
function outputNames(files: readonly string[]): string[] {
  const names = files.map((file) => basename(file, extname(file)));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new Error(
      `Two images are called "${twice}", so their results would overwrite each other; predict them apart.`,
    );
  }
  return names;
}

/** Writes `<name>.png`, the palette mask, and `<name>.overlay.jpg` for every image. */
export async function predict(
  paths: readonly string[],
  { run, checkpoint, out }: PredictArguments,
): Promise<void> {
  const files = await imageFiles(paths);
  const names = outputNames(files);
  const { config, model } = await openTrained(run, checkpoint);
  for (const [index, file] of files.entries()) {
    const image = await readRgb(file);
    const prepared = await prepareImage(image, predictionOptions(config, image));
    const mask: IndexMask = { width: image.width, height: image.height, data: segment(model, prepared) };
    const target = join(out, names[index] ?? '');
    await writeIndexMask(`${target}.png`, mask);
    await writeRgb(`${target}.overlay.jpg`, overlay(image, mask));
    console.log(`${file} → ${target}.png, ${target}.overlay.jpg`);
  }
}
