// Office-31 (Saenko et al. 2010, "Adapting visual category models to new domains"): 31 kinds of office objects in three
// domains, as distributed:
//
//   <root>/{amazon,dslr,webcam}/images/<class>/frame_0001.jpg
//
// The counts are those of the files. Papers that say 4652 in all quote the figure of the set's page.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../data-error.ts';
import { openImageFolder } from './image-folder.ts';
import type { LabelledImages } from './image-set.ts';

export type Office31Domain = 'amazon' | 'dslr' | 'webcam';

/** Images of each domain. */
export const OFFICE31_COUNTS: Readonly<Record<Office31Domain, number>> = {
  amazon: 2817,
  dslr: 498,
  webcam: 795,
};

/** In the order of the labels, which is alphabetical. */
export const OFFICE31_CLASSES: readonly string[] = [
  'back_pack',
  'bike',
  'bike_helmet',
  'bookcase',
  'bottle',
  'calculator',
  'desk_chair',
  'desk_lamp',
  'desktop_computer',
  'file_cabinet',
  'headphones',
  'keyboard',
  'laptop_computer',
  'letter_tray',
  'mobile_phone',
  'monitor',
  'mouse',
  'mug',
  'paper_notebook',
  'pen',
  'phone',
  'printer',
  'projector',
  'punchers',
  'ring_binder',
  'ruler',
  'scissors',
  'speaker',
  'stapler',
  'tape_dispenser',
  'trash_can',
];

export interface Office31Options {
  /** How many images the domain must have; null takes any number, for a subset. Default: the published count. */
  count?: number | null;
}

/**
 * Opens one domain of Office-31. Nothing is decoded.
 *
 * @param root the folder with the domains in it; the folder `images` between domain and classes may be left out
 * @throws DataError when the domain is not there, its classes are not the 31, or its images are not as many as wanted.
 */
export async function openOffice31(
  root: string,
  domain: Office31Domain,
  { count = OFFICE31_COUNTS[domain] }: Office31Options = {},
): Promise<LabelledImages> {
  const folder = await domainFolder(root, domain);
  const set = await openImageFolder(folder, { classes: OFFICE31_CLASSES, name: `Office-31 ${domain}` });
  if (count !== null && set.ids.length !== count) {
    throw new DataError(
      `Office-31's domain ${domain} in ${folder} has ${set.ids.length} images, but ${count} are wanted: copy it again ` +
        `from its source, or, for a subset of your own, set the wanted count.`,
    );
  }
  return set;
}

async function domainFolder(root: string, domain: Office31Domain): Promise<string> {
  const candidates = [join(root, domain, 'images'), join(root, domain)];
  for (const candidate of candidates) {
    const found = await stat(candidate).catch(() => null);
    if (found?.isDirectory()) return candidate;
  }
  throw new DataError(
    `${root} holds no domain ${domain} of Office-31: ${candidates.join(' and ')} were looked for; ` +
      `pass the folder that holds amazon, dslr and webcam.`,
  );
}
