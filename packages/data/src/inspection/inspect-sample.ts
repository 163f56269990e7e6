// What is wrong with one example, and what its mask holds. Unlike a reading for training, nothing is thrown: all that
// is wrong is collected.
import { createHash } from 'node:crypto';
import { DataError } from '../data-error.ts';
import { ColourMaskError, decodeIndices, type LabelRange } from '../images/index-mask.ts';
import { MissingFileError, readBytes } from '../read-bytes.ts';
import { decodeRgb } from '../images/rgb-image.ts';
import type { SampleFiles } from '../datasets/segmentation-dataset.ts';

export type SampleProblemKind =
  'missing file' | 'unreadable file' | 'colour mask' | 'illegal index' | 'size mismatch';

export interface SampleProblem {
  readonly kind: SampleProblemKind;
  /** One sentence that names the file and what to do. */
  readonly message: string;
}

export interface InspectTask {
  readonly files: SampleFiles;
  readonly labels: LabelRange;
}

export interface SampleInspection {
  readonly id: string;
  readonly problems: readonly SampleProblem[];
  /** Of the picture, in pixels; null when it cannot be read. */
  readonly size: { readonly width: number; readonly height: number } | null;
  /** How many pixels have each mask value, legal or not; null when the mask cannot be read. */
  readonly counts: readonly (readonly [value: number, pixels: number])[] | null;
  /** SHA-256 of the picture's file; null when there is none. */
  readonly digest: string | null;
}

/** Decodes both files of an example. Never throws for what is wrong with them. */
export async function inspectSample({ files, labels }: InspectTask): Promise<SampleInspection> {
  const problems: SampleProblem[] = [];
  let digest: string | null = null;
  const image = await collect(problems, async () => {
    const bytes = await readBytes(files.image, 'Image');
    digest = createHash('sha256').update(bytes).digest('hex');
    const { width, height } = await decodeRgb(bytes, files.image);
    return { width, height };
  });
  const mask = await collect(problems, async () =>
    decodeIndices(await readBytes(files.mask, 'Mask'), files.mask, labels),
  );
  const counts = mask === null ? null : histogram(mask.data);
  const illegal = (counts ?? []).filter(
    ([value]) => value >= labels.classCount && value !== labels.ignoreLabel,
  );
  if (illegal.length > 0) {
    const values = illegal.map(([value, pixels]) => `${value} (${pixels} pixel${pixels === 1 ? '' : 's'})`);
    problems.push({
      kind: 'illegal index',
      message:
        `Mask ${files.mask} holds ${values.slice(0, 5).join(', ')}${values.length > 5 ? ', …' : ''}, but only class ` +
        `indices 0…${labels.classCount - 1} and ${labels.ignoreLabel} (void) are allowed: remap its values.`,
    });
  }
  if (image !== null && mask !== null && (image.width !== mask.width || image.height !== mask.height)) {
    problems.push({
      kind: 'size mismatch',
      message:
        `Mask ${files.mask} is ${mask.width}×${mask.height} pixels, but its image ${files.image} is ` +
        `${image.width}×${image.height}: replace one of them.`,
    });
  }
  return { id: files.id, problems, size: image, counts, digest };
}

async function collect<T>(problems: SampleProblem[], read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    problems.push({ kind: kindOf(error), message: error.message });
    return null;
  }
}

function kindOf(error: DataError): SampleProblemKind {
  if (error instanceof MissingFileError) return 'missing file';
  return error instanceof ColourMaskError ? 'colour mask' : 'unreadable file';
}

function histogram(data: Uint8Array): [number, number][] {
  const counts = new Uint32Array(256);
  for (const value of data) counts[value] = (counts[value] as number) + 1;
  return [...counts].flatMap((pixels, value): [number, number][] => (pixels > 0 ? [[value, pixels]] : []));
}
