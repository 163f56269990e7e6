// Changes of a picture's tones, on bytes, rounded as Pillow's ImageOps and ImageEnhance round them:
//
//   tables      v → table[v], of every channel alone: autoContrast, equalize, solarize, posterize
//   blends      v → d + factor·(v − d), cut to 0…255, away from a duller picture d: 0 is d itself, 1 changes nothing:
//               colour (d: grey), contrast (its mean grey), brightness (black), sharpness (smoothed)
import { withChannels, type Picture } from './picture.ts';

/** Stretches every channel to 0…255; a channel of one value stays as it is. */
export const autoContrast = (picture: Picture): Picture =>
  throughTables(picture, (counts) => {
    const low = counts.findIndex((count) => count > 0);
    const high = counts.findLastIndex((count) => count > 0);
    const scale = 255 / (high - low);
    return low === high ? (value) => value : (value) => Math.trunc(value * scale - low * scale);
  });

/** Makes all values of a channel about as frequent, as far as a table of values can. */
export const equalize = (picture: Picture): Picture =>
  throughTables(picture, (counts) => {
    const last = counts[counts.findLastIndex((count) => count > 0)] ?? 0;
    const step = Math.floor((picture.width * picture.height - last) / 255);
    if (step === 0) return (value) => value;
    let below = Math.floor(step / 2);
    const table = Array.from(counts, (count) => {
      const entry = Math.floor(below / step);
      below += count;
      return entry;
    });
    return (value) => table[value] as number;
  });

/** Inverts what is at least `threshold`, 0…256. */
export const solarize = (picture: Picture, threshold: number): Picture =>
  throughTables(picture, () => (value) => (value < threshold ? value : 255 - value));

/** Keeps the upper `bits`, 1…8, of every value. */
export const posterize = (picture: Picture, bits: number): Picture =>
  throughTables(picture, () => (value) => value & (256 - 2 ** (8 - bits)));

export function colour(picture: Picture, factor: number): Picture {
  const grey = withChannels(picture, 1).data;
  return blend(picture, (i) => grey[Math.floor(i / picture.channels)] as number, factor);
}

export function contrast(picture: Picture, factor: number): Picture {
  const grey = withChannels(picture, 1).data;
  const mean = Math.round(grey.reduce((sum, value) => sum + value, 0) / grey.length);
  return blend(picture, () => mean, factor);
}

export const brightness = (picture: Picture, factor: number): Picture => blend(picture, () => 0, factor);

export function sharpness(picture: Picture, factor: number): Picture {
  const smooth = smoothed(picture);
  return blend(picture, (i) => smooth[i] as number, factor);
}

/** @param tableOf what becomes of a value, given how often each of the 256 occurs in the channel */
function throughTables(
  picture: Picture,
  tableOf: (counts: Uint32Array) => (value: number) => number,
): Picture {
  const { channels, data } = picture;
  const changed = new Uint8Array(data.length);
  for (let channel = 0; channel < channels; channel++) {
    const counts = new Uint32Array(256);
    for (let i = channel; i < data.length; i += channels) {
      const value = data[i] as number;
      counts[value] = (counts[value] as number) + 1;
    }
    // Values that do not occur may leave the range of bytes.
    const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => value).map(tableOf(counts));
    for (let i = channel; i < data.length; i += channels) changed[i] = table[data[i] as number] as number;
  }
  return { ...picture, data: changed };
}

/** In single precision and cut off behind the point, as Pillow computes it. */
function blend(picture: Picture, dullerAt: (i: number) => number, factor: number): Picture {
  const single = Math.fround(factor);
  const data = picture.data.map((value, i) => {
    const start = dullerAt(i);
    const blended = Math.fround(start + Math.fround(single * (value - start)));
    return Math.max(0, Math.min(255, Math.trunc(blended)));
  });
  return { ...picture, data };
}

/** The mean of 3×3 pixels, the middle one weighed five times; the outermost pixels stay as they are. */
function smoothed({ width, height, channels, data }: Picture): Uint8Array {
  const output = data.slice();
  const row = channels * width;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * row + channels; i < (y + 1) * row - channels; i++) {
      let sum = 4 * (data[i] as number);
      for (const line of [i - row, i, i + row]) {
        for (const near of [line - channels, line, line + channels]) sum += data[near] as number;
      }
      output[i] = Math.round(sum / 13);
    }
  }
  return output;
}
