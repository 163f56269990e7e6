import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openImageFolder, randomAt, readRgb, requireSameClasses, type LabelledImages } from '@plumbline/data';
import { describe, expect, it } from 'vitest';
import { DOMAINS, DOMAIN_SIDE, drawFigure, type DomainName } from './domains.ts';
import { domainPicture, FIGURE_COUNT } from './draw-domains.ts';
import { distanceToOutline, FIGURES } from './figures.ts';

const root = fileURLToPath(new URL('../../data/sample/domains', import.meta.url));
const open = (domain: DomainName): Promise<LabelledImages> => openImageFolder(join(root, domain));
const mean = (values: Uint8Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('data/sample/domains', () => {
  it('has the same classes in both domains, as many pictures of each, and is small', async () => {
    const [ink, chalk] = [await open('ink'), await open('chalk')];
    requireSameClasses(ink, chalk);
    expect(ink.classes).toEqual(Object.keys(FIGURES));
    for (const { labels } of [ink, chalk]) {
      const counts = ink.classes.map((_, label) => labels.filter((value) => value === label).length);
      expect(new Set(counts)).toEqual(new Set([FIGURE_COUNT]));
    }
    const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.png'));
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(root, name))).size));
    expect(sizes.reduce((a, b) => a + b)).toBeLessThan(700_000);
  });

  it('is what the tool draws', async () => {
    for (const domain of DOMAINS) {
      for (const [i, className] of Object.keys(FIGURES).entries()) {
        for (const number of [0, 7 * i + 1, FIGURE_COUNT - 1]) {
          const name = `${String(number).padStart(2, '0')}.png`;
          const stored = await readRgb(join(root, domain, className, name));
          const drawn = domainPicture(domain, className, number);
          expect([stored.width, stored.height]).toEqual([DOMAIN_SIDE, DOMAIN_SIDE]);
          expect(Buffer.compare(stored.data, drawn.data), `${domain}/${className}/${name}`).toBe(0);
        }
      }
    }
  });
});

describe('drawFigure', () => {
  it('is dark on light in ink, and light on dark in chalk', () => {
    for (const className of Object.keys(FIGURES)) {
      for (let i = 0; i < 10; i++) {
        const ink = drawFigure(randomAt(1, i), 'ink', className).data;
        const chalk = drawFigure(randomAt(1, i), 'chalk', className).data;
        expect(Math.min(...ink)).toBeLessThan(mean(ink) - 60);
        expect(Math.max(...chalk)).toBeGreaterThan(mean(chalk) + 60);
        expect(mean(ink)).toBeGreaterThan(mean(chalk) + 60);
      }
    }
  });

  it('draws the same figure in the same place in both domains', () => {
    const isLine = (domain: DomainName): boolean[] => {
      const { data } = drawFigure(randomAt(9), domain, 'star');
      const ground = mean(data);
      const sign = domain === 'ink' ? -1 : 1;
      return Array.from(
        { length: DOMAIN_SIDE ** 2 },
        (_, i) => sign * ((data[3 * i + 1] as number) - ground) > 40,
      );
    };
    const [ink, chalk] = [isLine('ink'), isLine('chalk')];
    const [lines, both] = [ink.filter(Boolean).length, ink.filter((is, i) => is && chalk[i]).length];
    expect(lines).toBeGreaterThan(60);
    expect(both / lines).toBeGreaterThan(0.85);
  });
});

it('distanceToOutline is that to the nearest edge or corner', () => {
  const square = [
    [0, 0],
    [2, 0],
    [2, 2],
    [0, 2],
  ] as const;
  expect(distanceToOutline(square, [1, 0.5])).toBeCloseTo(0.5);
  expect(distanceToOutline(square, [5, 6])).toBeCloseTo(5);
  expect(distanceToOutline(square, [2, 1])).toBe(0);
});
