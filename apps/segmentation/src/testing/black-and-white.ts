/** A data set whose truth can be read off its pixels: white is class 1, black class 0, the first row void. */
import { vocPalette, type SegmentationDataset } from '@plumbline/data';

const SIZES = [
  [20, 12],
  [9, 16],
] as const;

export function blackAndWhite(): SegmentationDataset {
  const ids = SIZES.map((_, index) => `picture_${index}`);
  return {
    name: 'Black and white',
    split: 'val',
    ids,
    files: ids.map((id) => ({ id, image: `${id}.jpg`, mask: `${id}.png` })),
    classes: ['background', 'white', 'never'],
    palette: vocPalette(),
    ignoreLabel: 255,
    read: (index) => {
      const [width, height] = SIZES[index] ?? [1, 1];
      const isWhite = Array.from({ length: width * height }, (_, i) => i % width < width / 4);
      const image = {
        width,
        height,
        data: Uint8Array.from(isWhite.flatMap((w) => Array(3).fill(w ? 255 : 0))),
      };
      const mask = { width, height, data: Uint8Array.from(isWhite, (w, i) => (i < width ? 255 : Number(w))) };
      return Promise.resolve({ id: ids[index] ?? '', image, mask });
    },
  };
}
