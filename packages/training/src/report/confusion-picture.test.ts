import { describe, expect, it } from 'vitest';
import { ConfusionMatrix } from '../confusion-matrix.ts';
import { confusionPicture, confusionSvg, worstConfusions } from './confusion-picture.ts';

const classes = ['background', 'cat & dog', 'boat'].map((name) => ({ name, color: 'rgb(1 2 3)' }));
const matrix = new ConfusionMatrix(3);
matrix.add([0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 2]);
const serialized = matrix.toJSON();

/** The numbers written into the cells, row by row. */
const numbers = (svg: string): string[] =>
  [...svg.matchAll(/class="number[^>]*>([^<]*)</g)].map(([, text]) => text ?? '');

describe('the confusion matrix as a picture', () => {
  it('writes each share of a row, and that a class without a true pixel has none', () => {
    const svg = confusionPicture(classes, serialized).text;
    expect(numbers(svg)).toEqual(['75', '25', '50', '50']);
    expect(svg).toContain('<title>background taken for cat &amp; dog: 25.0 %</title>');
    expect(svg).toContain('<title>boat: no true pixel, not defined</title>');
    expect(svg.match(/no true pixel: not defined/g)).toHaveLength(1);
  });

  it('writes 100 only for a whole row, and nothing for less than half a percent', () => {
    const almost = new ConfusionMatrix(2);
    almost.counts.set([9996, 4, 0, 7]);
    expect(numbers(confusionPicture(classes, almost.toJSON()).text)).toEqual(['99', '100']);
  });

  it('is, as a file, an image by itself, with its protocol', () => {
    const svg = confusionSvg(classes, serialized, 'VOC <val>, 325 images; whole image.');
    expect(svg).toMatch(
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<svg\s+xmlns="http:\/\/www\.w3\.org\/2000\/svg"/,
    );
    expect(svg).toContain('<style>');
    expect(svg).not.toContain('var(--');
    expect(svg.replace(/<\/text><text[^>]*>/g, ' ')).toContain('VOC &lt;val&gt;, 325 images; whole image.');
  });

  it('lists the worst confusions, none of a class without a pixel', () => {
    const cells = [...worstConfusions(classes, serialized).text.matchAll(/<td>([^<]*)<\/td>/g)];
    expect(cells.map(([, text]) => text)).toEqual([
      ...['cat &amp; dog', 'boat', '50 %'],
      ...['background', 'cat &amp; dog', '25 %'],
    ]);
  });
});
