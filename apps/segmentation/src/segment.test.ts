import { expect, it } from 'vitest';
import { segment } from './segment.ts';
import { brightnessModel } from './testing/brightness-model.ts';

it('cuts the padding off before it resizes: no pixel of the picture is mixed with it', () => {
  const [side, contentHeight, contentWidth] = [9, 4, 6];
  const image = new Float32Array(side * side * 3).fill(-9);
  for (let y = 0; y < contentHeight; y++) {
    image.fill(1, 3 * y * side, 3 * (y * side + contentWidth));
  }
  // The last pixel of the content is dark: it must land on the last original pixel.
  image.fill(
    -1,
    3 * ((contentHeight - 1) * side + contentWidth - 1),
    3 * ((contentHeight - 1) * side + contentWidth),
  );
  const [originalHeight, originalWidth] = [8, 12];
  const classes = segment(brightnessModel(), {
    image,
    shape: [1, side, side, 3],
    contentHeight,
    contentWidth,
    originalHeight,
    originalWidth,
  });
  expect(classes).toHaveLength(originalHeight * originalWidth);
  expect(classes.at(-1)).toBe(0);
  const lastRow = classes.subarray(-originalWidth);
  expect([...lastRow.subarray(0, originalWidth - 2)]).toEqual(Array(originalWidth - 2).fill(1));
  expect([...classes.subarray(0, originalWidth * (originalHeight - 2))].every((label) => label === 1)).toBe(
    true,
  );
});
