// COCO's instance annotations (Lin et al. 2014, arXiv 1405.0312) as semantic masks: background 0, one class for each
// category. Crowds, where single objects are not drawn, are void. Where objects overlap the smaller one lies on top.
import { isAbsolute, join } from 'node:path';
import type { ClassSet } from './class-set.ts';
import { readAnnotations, type Annotation, type CocoImage } from './coco-file.ts';
import { paintShape } from './coco-shapes.ts';
import { DataError, reason } from '../data-error.ts';
import type { IndexMask } from '../images/index-mask.ts';

const VOID = 255;

export interface CocoOptions {
  /** The JSON file with images, categories and annotations. */
  annotations: string;
  /** The folder of the images. */
  images: string;
  /** The categories' names in the order of the classes, 1 on; others are background. Default: all, by their ids. */
  categories?: readonly string[];
}

/** One image and how its mask is drawn. */
export interface CocoSample {
  /** The image's file name without its ending. */
  readonly id: string;
  readonly image: string;
  /**
   * Draws the mask.
   *
   * @throws DataError when an annotation contradicts the image.
   */
  draw(): IndexMask;
}

export interface CocoSet {
  readonly classes: ClassSet;
  /** By file name. */
  readonly samples: readonly CocoSample[];
}

/**
 * Reads annotations; no image is opened.
 *
 * @throws DataError when the file is missing or no COCO annotations, a category is unknown, or two images would have
 * one mask.
 */
export async function openCoco({
  annotations: path,
  images: folder,
  categories: wanted,
}: CocoOptions): Promise<CocoSet> {
  const { images, annotations, categories } = await readAnnotations(path);
  const names = wanted ?? [...categories].sort((a, b) => a.id - b.id).map(({ name }) => name);
  const unknown = names.find((name) => !categories.some((category) => category.name === name));
  if (unknown !== undefined) {
    const there = categories.map(({ name }) => name).join(', ');
    throw new DataError(`${path} has no category "${unknown}": choose among ${there}.`);
  }
  if (names.length > 254) {
    throw new DataError(
      `${path} has ${names.length} categories, but masks hold at most 254: choose some of them.`,
    );
  }
  const labels = new Map(categories.map(({ id, name }) => [id, names.indexOf(name) + 1]));
  const byImage = new Map<CocoImage['id'], Annotation[]>();
  for (const annotation of annotations) {
    const before = byImage.get(annotation.image_id);
    if (before) before.push(annotation);
    else byImage.set(annotation.image_id, [annotation]);
  }
  refuseAmbiguous(path, images);
  const samples = images.map((image): CocoSample => ({
    id: idOf(image),
    image: join(folder, image.file_name),
    draw: () => drawMask(path, image, byImage.get(image.id) ?? [], labels),
  }));
  return {
    classes: { name: 'COCO', classes: ['background', ...names], palette: null, ignoreLabel: VOID },
    samples: samples.sort((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id))),
  };
}

const idOf = ({ file_name: name }: CocoImage): string => name.replace(/\.[^./]*$/, '');

/** Masks are written under the images' names, so they must stay inside the folder and apart; annotations go by number. */
function refuseAmbiguous(path: string, images: readonly CocoImage[]): void {
  const byId = new Map<string, string>();
  const byNumber = new Map<CocoImage['id'], string>();
  for (const image of images) {
    const name = image.file_name;
    const twin = byNumber.get(image.id);
    if (twin !== undefined) {
      throw new DataError(
        `${path} gives "${twin}" and "${name}" the same id, ${image.id}, by which annotations name their image: ` +
          `renumber one of them.`,
      );
    }
    byNumber.set(image.id, name);
    if (isAbsolute(name) || name.split(/[\\/]/).includes('..')) {
      throw new DataError(`${path} names the image "${name}", outside its folder: correct its file_name.`);
    }
    const other = byId.get(idOf(image));
    if (other !== undefined) {
      throw new DataError(
        `${path} names the images "${other}" and "${name}", which would have one mask, "${idOf(image)}.png": ` +
          `rename or remove one of them.`,
      );
    }
    byId.set(idOf(image), name);
  }
}

function drawMask(
  path: string,
  { width, height, file_name: name }: CocoImage,
  annotations: readonly Annotation[],
  labels: ReadonlyMap<number, number>,
): IndexMask {
  const mask = { width, height, data: new Uint8Array(width * height) };
  const order = [...annotations].sort(
    (a, b) => (b.iscrowd ?? 0) - (a.iscrowd ?? 0) || (b.area ?? 0) - (a.area ?? 0) || a.id - b.id,
  );
  for (const { id, category_id: category, iscrowd, segmentation } of order) {
    const label = labels.get(category);
    const refuse = (problem: string, cause?: unknown): never => {
      throw new DataError(`Annotation ${id} of ${name} in ${path} ${problem}: correct or remove it.`, {
        cause,
      });
    };
    if (label === undefined) refuse(`has category ${category}, which is not listed`);
    if (segmentation === undefined) refuse('has no segmentation');
    // A category that was not chosen is background, and so are its crowds.
    if (label === undefined || segmentation === undefined || label === 0) continue;
    try {
      paintShape(mask, segmentation, iscrowd === 1 ? VOID : label);
    } catch (error) {
      refuse(reason(error), error);
    }
  }
  return mask;
}
