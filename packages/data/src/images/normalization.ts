/** Per-channel statistics of RGB values scaled to 0…1. A network sees (value/255 − mean) / std. */
export interface Normalization {
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
}

/** Channel statistics of ImageNet's training images, which all published weights expect. */
export const IMAGENET_NORMALIZATION: Normalization = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** Where a picture goes inside a larger array of shape […, rowWidth, 3]. */
export interface Placement {
  /** The element the target picture starts at. */
  offset: number;
  /** Pixels in a row of the target; the source lies at its top left, and the rest is left as it is. */
  rowWidth: number;
  /** Mirrors the whole target row, padding included. */
  flip: boolean;
}

/** Normalizes `pixels`, [height, width, 3] of 0…255, into `target`. */
export function writeNormalized(
  pixels: Float32Array,
  width: number,
  { mean, std }: Normalization,
  target: Float32Array,
  { offset, rowWidth, flip }: Placement,
): void {
  const [redScale, greenScale, blueScale] = std.map((s) => 1 / (255 * s)) as [number, number, number];
  const [redShift, greenShift, blueShift] = mean.map((m, c) => -m / (std[c] as number)) as [
    number,
    number,
    number,
  ];
  const height = pixels.length / (3 * width);
  const stride = flip ? -3 : 3;
  let from = 0;
  for (let y = 0; y < height; y++) {
    let to = offset + 3 * (y * rowWidth + (flip ? rowWidth - 1 : 0));
    for (let x = 0; x < width; x++, from += 3, to += stride) {
      target[to] = (pixels[from] as number) * redScale + redShift;
      target[to + 1] = (pixels[from + 1] as number) * greenScale + greenShift;
      target[to + 2] = (pixels[from + 2] as number) * blueScale + blueShift;
    }
  }
}

/** As `writeNormalized` for grey `pixels`, [height, width], into a target of shape […, rowWidth]. */
export function writeNormalizedGrey(
  pixels: Float32Array,
  width: number,
  { mean, std }: Normalization,
  target: Float32Array,
  { offset, rowWidth, flip }: Placement,
): void {
  const scale = 1 / (255 * std[0]);
  const shift = -mean[0] / std[0];
  pixels.forEach((value, from) => {
    const x = from % width;
    const to = Math.floor(from / width) * rowWidth + (flip ? rowWidth - 1 - x : x);
    target[offset + to] = value * scale + shift;
  });
}
