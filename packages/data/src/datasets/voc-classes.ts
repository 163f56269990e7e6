// The classes and colours of PASCAL VOC (Everingham et al. 2010, "The PASCAL Visual Object Classes Challenge").

/** The 21 class names by index; 0 is the background. */
export const VOC_CLASSES: readonly string[] = [
  'background',
  'aeroplane',
  'bicycle',
  'bird',
  'boat',
  'bottle',
  'bus',
  'car',
  'cat',
  'chair',
  'cow',
  'diningtable',
  'dog',
  'horse',
  'motorbike',
  'person',
  'pottedplant',
  'sheep',
  'sofa',
  'train',
  'tvmonitor',
];

/** The label of void pixels: object borders and ambiguous regions. */
export const VOC_IGNORE_LABEL = 255;

/**
 * The palette of VOC's mask files: [256, 3] RGB, row = index. Bit `k` of the red, green and blue value, counted from
 * the highest, is bit `3k`, `3k + 1` and `3k + 2` of the index.
 */
export function vocPalette(): Uint8Array {
  const palette = new Uint8Array(256 * 3);
  for (let index = 0; index < 256; index++) {
    for (let channel = 0; channel < 3; channel++) {
      let value = 0;
      for (let k = 0; k < 8; k++) value |= ((index >> (3 * k + channel)) & 1) << (7 - k);
      palette[3 * index + channel] = value;
    }
  }
  return palette;
}
