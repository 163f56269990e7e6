// Draws data/sample/domains, two domains of six classes in Office-31's manner: <domain>/<class>/<number>.png.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomAt, writeRgb } from '@plumbline/data';
import { DOMAINS, drawFigure, type DomainName } from './domains.ts';
import { FIGURES } from './figures.ts';

const SEED = 31;

/** Pictures of each class in each domain. */
export const FIGURE_COUNT = 40;

/** One picture of the set: the same numbers always make the same one. */
export const domainPicture = (domain: DomainName, className: string, number: number) =>
  drawFigure(
    randomAt(SEED, DOMAINS.indexOf(domain), Object.keys(FIGURES).indexOf(className), number),
    domain,
    className,
  );

/** Draws all pictures into `folder`, in place of what is there; returns how many. */
export async function drawDomains(folder: string): Promise<number> {
  await rm(folder, { recursive: true, force: true });
  let drawn = 0;
  for (const domain of DOMAINS) {
    for (const className of Object.keys(FIGURES)) {
      for (let number = 0; number < FIGURE_COUNT; number++, drawn++) {
        const name = `${String(number).padStart(2, '0')}.png`;
        await writeRgb(join(folder, domain, className, name), domainPicture(domain, className, number));
      }
    }
  }
  return drawn;
}
