/** COCO's instance annotations as palette masks, a list and a class file: what `data.list` takes. */
import { atomicWrite, checkedPalette, checkSplitName, openCoco, writeIndexMask } from '@plumbline/data';
import { stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { writeClassSet } from '../data/classes.ts';
import { countProgress } from '../data/data-progress.ts';

export interface PrepareCocoArguments {
  annotations: string;
  images: string;
  out: string;
  split: string;
  categories?: string;
}

/** Writes `<out>/masks/<split>/<id>.png`, `<out>/<split>.txt` and `<out>/classes.yaml`, the list last. */
export async function prepareCoco(options: PrepareCocoArguments): Promise<void> {
  const { annotations, images, out, split, categories } = options;
  checkSplitName(split);
  const { classes, samples } = await openCoco({
    annotations,
    images,
    ...(categories === undefined ? {} : { categories: categories.split(',').map((name) => name.trim()) }),
  });
  const missing: string[] = [];
  for (const { image } of samples) if (!(await stat(image).catch(() => null))?.isFile()) missing.push(image);
  if (missing.length > 0) {
    throw new Error(
      `${missing.length} of the ${samples.length} images of ${annotations} are not in ${images}, the first is ${missing[0]}; check --images.`,
    );
  }
  const palette = checkedPalette(classes, annotations);
  const progress = countProgress('masks');
  const classFile = await writeClassSet(out, classes);
  const lines: string[] = [];
  for (const { id, image, draw } of samples) {
    const mask = join('masks', split, `${id}.png`);
    await writeIndexMask(join(out, mask), draw(), palette);
    lines.push(`${relative(resolve(out), resolve(image))}\t${mask}`);
    progress(lines.length, samples.length);
  }
  const list = join(out, `${split}.txt`);
  await atomicWrite(list, new TextEncoder().encode(`${lines.join('\n')}\n`));
  console.log(
    `${samples.length} masks of ${classes.classes.length} classes, background included.\nList:    ${list}\nClasses: ${classFile}`,
  );
}
