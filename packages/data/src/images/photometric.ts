// Photometric distortion (Liu et al. 2016, SSD, arXiv 1512.02325, §2.2, after Howard 2013, arXiv 1312.5402), with the
// order and the ranges of MMSegmentation: brightness; contrast here or at the end, by a coin; saturation; hue. Each is
// applied with probability ½:
//
//   brightness  c + b,          b ∈ [−32, 32)                     contrast  a·c,   a ∈ [0.5, 1.5)
//   saturation  S·s in HSV,     s ∈ [0.5, 1.5), S at most 1       hue       H + h in HSV, h ∈ [−36°, 36°)
//
// on colours c of 0…255, cut to that range after every step.
import type { Random } from '../loading/random.ts';

export interface PhotometricOptions {
  /** Largest shift of the colour values, of 255. Default 32. */
  brightness?: number;
  /** Range of the factor on colour values. Default [0.5, 1.5]. */
  contrast?: readonly [number, number];
  /** Range of the factor on HSV's saturation. Default [0.5, 1.5]. */
  saturation?: readonly [number, number];
  /** Largest turn of HSV's hue, in degrees. Default 36. */
  hue?: number;
}

/** The defaults. */
export const PHOTOMETRIC: Required<PhotometricOptions> = {
  brightness: 32,
  contrast: [0.5, 1.5],
  saturation: [0.5, 1.5],
  hue: 36,
};

/** One draw; null where a step is left out. */
export interface PhotometricPlan {
  brightness: number | null;
  contrast: number | null;
  contrastFirst: boolean;
  saturation: number | null;
  /** Degrees. */
  hue: number | null;
}

/** @throws Error when a range is impossible; the message names the option. */
export function checkPhotometric(options: Required<PhotometricOptions>): void {
  const refuse = (option: string, got: unknown, wanted: string): never => {
    throw new Error(`augment.photometric.${option} is ${String(got)}, but ${wanted} is wanted.`);
  };
  const { brightness, hue } = options;
  if (!(brightness >= 0 && brightness <= 255)) refuse('brightness', brightness, 'a number from 0 to 255');
  if (!(hue >= 0 && hue <= 180)) refuse('hue', hue, 'a number of degrees from 0 to 180');
  for (const name of ['contrast', 'saturation'] as const) {
    const [low, high] = options[name];
    if (!(low >= 0 && low <= high))
      refuse(name, `${low} to ${high}`, 'a range of numbers of at least 0, low to high');
  }
}

/** Draws every number, applied or not, so that one option's value changes no other's draw. */
export function drawPhotometric(options: Required<PhotometricOptions>, random: Random): PhotometricPlan {
  const { brightness, contrast, saturation, hue } = options;
  const maybe = (low: number, high: number): number | null => {
    const isApplied = random.uniform(0, 1) < 0.5;
    const value = random.uniform(low, high);
    return isApplied ? value : null;
  };
  return {
    brightness: maybe(-brightness, brightness),
    contrastFirst: random.uniform(0, 1) < 0.5,
    contrast: maybe(...contrast),
    saturation: maybe(...saturation),
    hue: maybe(-hue, hue),
  };
}

const clip = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

/** Changes `pixels`, […, 3] RGB of 0…255, in place. */
export function distort(pixels: Float32Array, plan: PhotometricPlan): void {
  const { brightness, contrast, contrastFirst, saturation, hue } = plan;
  if (brightness !== null) each(pixels, (value) => clip(value + brightness));
  if (contrast !== null && contrastFirst) each(pixels, (value) => clip(value * contrast));
  if (saturation !== null) scaleSaturation(pixels, saturation);
  if (hue !== null) turnHue(pixels, hue);
  if (contrast !== null && !contrastFirst) each(pixels, (value) => clip(value * contrast));
}

function each(pixels: Float32Array, change: (value: number) => number): void {
  for (let i = 0; i < pixels.length; i++) pixels[i] = change(pixels[i] as number);
}

/** With V = max and S = (max − min)/max, a colour is V − V·S·t with t of 0…1 that only the hue determines. */
function scaleSaturation(pixels: Float32Array, factor: number): void {
  for (let i = 0; i < pixels.length; i += 3) {
    const red = pixels[i] as number;
    const green = pixels[i + 1] as number;
    const blue = pixels[i + 2] as number;
    const max = Math.max(red, green, blue);
    const min = Math.min(red, green, blue);
    if (max === min) continue;
    const applied = Math.min(factor, max / (max - min));
    pixels[i] = max - (max - red) * applied;
    pixels[i + 1] = max - (max - green) * applied;
    pixels[i + 2] = max - (max - blue) * applied;
  }
}

/** A channel as a function of the hue in sixths of the circle (Smith 1978): a trapezoid, moved from channel to channel. */
function turnHue(pixels: Float32Array, degrees: number): void {
  const turn = degrees / 60;
  for (let i = 0; i < pixels.length; i += 3) {
    const red = pixels[i] as number;
    const green = pixels[i + 1] as number;
    const blue = pixels[i + 2] as number;
    const max = Math.max(red, green, blue);
    const chroma = max - Math.min(red, green, blue);
    if (chroma === 0) continue;
    const sixths =
      max === red
        ? (green - blue) / chroma
        : max === green
          ? 2 + (blue - red) / chroma
          : 4 + (red - green) / chroma;
    for (let channel = 0; channel < 3; channel++) {
      // 5, 3 and 1 sixths: where red, green and blue begin to fall.
      const place = (((5 - 2 * channel + sixths + turn) % 6) + 6) % 6;
      pixels[i + channel] = max - chroma * Math.max(0, Math.min(place, 4 - place, 1));
    }
  }
}
