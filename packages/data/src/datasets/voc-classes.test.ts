import { expect, it } from 'vitest';
import { VOC_CLASSES, vocPalette } from './voc-classes.ts';

it('gives the published colours', () => {
  const palette = vocPalette();
  const colour = (name: string): number[] => [
    ...palette.subarray(3 * VOC_CLASSES.indexOf(name)).subarray(0, 3),
  ];
  expect(VOC_CLASSES).toHaveLength(21);
  expect(colour('background')).toEqual([0, 0, 0]);
  expect(colour('aeroplane')).toEqual([128, 0, 0]);
  expect(colour('bicycle')).toEqual([0, 128, 0]);
  expect(colour('person')).toEqual([192, 128, 128]);
  expect(colour('tvmonitor')).toEqual([0, 64, 128]);
  expect([...palette.subarray(3 * 255)]).toEqual([224, 224, 192]);
});
