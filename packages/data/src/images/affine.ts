// Pictures turned, slanted and moved in their own frame. Output pixel (x, y) takes the value of the input pixel that its
// centre comes from, without interpolation, as Pillow's `transform` does by default; beyond the edge it is black:
//
//   x' = a·(x + ½) + b·(y + ½) + c,   y' = d·(x + ½) + e·(y + ½) + f
import type { Picture } from './picture.ts';

/** [a, b, c, d, e, f]: from places in the output to places in the input. */
type Affine = readonly [number, number, number, number, number, number];

/** Counter-clockwise about the middle. */
export function rotate(picture: Picture, degrees: number): Picture {
  const angle = (degrees * Math.PI) / 180;
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
  const [x, y] = [picture.width / 2, picture.height / 2];
  return transform(picture, [cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y]);
}

/** Moves each row to the left by `factor` of its distance from the top. */
export const shearX = (picture: Picture, factor: number): Picture =>
  transform(picture, [1, factor, 0, 0, 1, 0]);

/** Moves each column up by `factor` of its distance from the left. */
export const shearY = (picture: Picture, factor: number): Picture =>
  transform(picture, [1, 0, 0, factor, 1, 0]);

/** Moves the picture to the right by so many pixels. */
export const translateX = (picture: Picture, pixels: number): Picture =>
  transform(picture, [1, 0, -pixels, 0, 1, 0]);

/** Moves the picture down by so many pixels. */
export const translateY = (picture: Picture, pixels: number): Picture =>
  transform(picture, [1, 0, 0, 0, 1, -pixels]);

function transform(picture: Picture, [a, b, c, d, e, f]: Affine): Picture {
  const { width, height, channels, data } = picture;
  const moved = new Uint8Array(data.length);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += channels) {
      const fromX = Math.floor(a * (x + 0.5) + b * (y + 0.5) + c);
      const fromY = Math.floor(d * (x + 0.5) + e * (y + 0.5) + f);
      if (fromX < 0 || fromY < 0 || fromX >= width || fromY >= height) continue;
      const from = channels * (fromY * width + fromX);
      for (let channel = 0; channel < channels; channel++) {
        moved[to + channel] = data[from + channel] as number;
      }
    }
  }
  return { ...picture, data: moved };
}
