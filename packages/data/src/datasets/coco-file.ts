// COCO's instances JSON, checked as far as semantic masks need it.
import { readFile } from 'node:fs/promises';
import type { CocoShape } from './coco-shapes.ts';
import { DataError, reason } from '../data-error.ts';

export interface Category {
  readonly id: number;
  readonly name: string;
}

export interface Annotation {
  readonly id: number;
  readonly image_id: number | string;
  readonly category_id: number;
  readonly segmentation?: CocoShape;
  readonly area?: number;
  readonly iscrowd?: number;
}

export interface CocoImage {
  /** A number in COCO itself; some tools write a string. */
  readonly id: number | string;
  readonly file_name: string;
  readonly width: number;
  readonly height: number;
}

export interface CocoFile {
  readonly images: readonly CocoImage[];
  readonly annotations: readonly Annotation[];
  readonly categories: readonly Category[];
}

const isNumber = (value: unknown): boolean => typeof value === 'number';
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isNumberOrText = (value: unknown): boolean => isNumber(value) || isText(value);
const isLength = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

/** What every entry of a list must have; shapes are checked when they are drawn. */
const ENTRIES: Readonly<Record<keyof CocoFile, Readonly<Record<string, (value: unknown) => boolean>>>> = {
  images: { id: isNumberOrText, file_name: isText, width: isLength, height: isLength },
  annotations: { id: isNumber, image_id: isNumberOrText, category_id: isNumber },
  categories: { id: isNumber, name: isText },
};

/**
 * Reads the JSON file.
 *
 * @throws DataError when it is missing, no JSON, or an entry lacks what it needs.
 */
export async function readAnnotations(path: string): Promise<CocoFile> {
  let tree: unknown;
  try {
    tree = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new DataError(
      `The annotations ${path} could not be read (${reason(error)}): pass COCO's instances JSON.`,
      { cause: error },
    );
  }
  const lists = (tree ?? {}) as Record<string, unknown>;
  const missing = Object.keys(ENTRIES).filter((list) => !Array.isArray(lists[list]));
  if (missing.length > 0) {
    throw new DataError(`${path} has no list of ${missing.join(', ')}: pass COCO's instances JSON.`);
  }
  for (const [list, fields] of Object.entries(ENTRIES)) {
    for (const [index, entry] of (lists[list] as unknown[]).entries()) {
      const values = (entry ?? {}) as Record<string, unknown>;
      const bad = Object.keys(fields).find((field) => fields[field]?.(values[field]) !== true);
      if (bad === undefined) continue;
      throw new DataError(
        `${path} has ${JSON.stringify(values[bad]) ?? 'nothing'} as ${list}[${index}].${bad}: correct it, or pass COCO's instances JSON.`,
      );
    }
  }
  return tree as CocoFile;
}
