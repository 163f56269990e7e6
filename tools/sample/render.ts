// Scene → photograph and mask.
import sharp from 'sharp';
import { VOC_IGNORE_LABEL, type IndexMask, type Random, type RgbImage } from '@plumbline/data';
import type { Frame } from './outdoors.ts';
import type { PlacedObject, Scene } from './scenes.ts';
import { outlineSvg, pictureSvg } from './shapes.ts';

/** The picture under some light, as a slightly noisy camera sees it. */
export async function renderPicture(
  { backdrop, objects }: Scene,
  frame: Frame,
  random: Random,
): Promise<RgbImage> {
  const drawn = objects.map((object, i) => posed(object, pictureSvg(object.parts, `object-${i}`)));
  const { data } = await rasterize(backdrop + drawn.join(''), frame);
  const exposure = random.uniform(0.82, 1.12);
  const warmth = random.uniform(-0.06, 0.06);
  const [slopeX, slopeY] = [random.uniform(-0.22, 0.22), random.uniform(-0.15, 0.15)];
  const gain = [exposure * (1 + warmth), exposure, exposure * (1 - warmth)];
  const noise = random.uniform(1.5, 4);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / 3);
    const x = (pixel % frame.width) / frame.width - 0.5;
    const y = Math.floor(pixel / frame.width) / frame.height - 0.5;
    const light = (gain[i % 3] as number) * (1 + slopeX * x + slopeY * y);
    const grain = noise * (random.uniform(-1, 1) + random.uniform(-1, 1));
    data[i] = Math.min(255, Math.max(0, Math.round(light * (data[i] as number) + grain)));
  }
  return { ...frame, data };
}

export interface MaskOptions {
  /** Marks the two pixels along every object's outline as void, as VOC's own masks do and SBD's do not. */
  voidBorder: boolean;
}

/** Class indices from the objects' outlines. */
export async function renderMask(
  { objects }: Scene,
  frame: Frame,
  { voidBorder }: MaskOptions,
): Promise<IndexMask> {
  const step = 20;
  const outlines = objects.map((object, i) => posed(object, outlineSvg(object.parts, (i + 1) * step)));
  const { data: greys } = await rasterize(
    `<rect width="100%" height="100%" fill="#000"/>${outlines.join('')}`,
    frame,
  );
  const owners = Uint8Array.from(
    { length: frame.width * frame.height },
    (_, i) => (greys[3 * i] as number) / step,
  );
  greys.forEach((grey) => {
    if (grey % step !== 0)
      throw new Error('An outline was drawn with antialiasing: a mask needs hard edges.');
  });
  const data = owners.map((owner, i) => {
    if (voidBorder && touchesAnother(owners, frame, i)) return VOC_IGNORE_LABEL;
    return owner === 0 ? 0 : (objects[owner - 1] as PlacedObject).classIndex;
  });
  return { ...frame, data };
}

function touchesAnother(owners: Uint8Array, { width, height }: Frame, i: number): boolean {
  const [x, y] = [i % width, Math.floor(i / width)];
  for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
    for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
      if (owners[ny * width + nx] !== owners[i]) return true;
    }
  }
  return false;
}

const posed = ({ x, y, scale, degrees, mirrored }: PlacedObject, svg: string): string =>
  `<g transform="translate(${x} ${y}) rotate(${degrees}) scale(${mirrored ? -scale : scale} ${scale})">${svg}</g>`;

async function rasterize(content: string, { width, height }: Frame): Promise<RgbImage> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`;
  const data = await sharp(Buffer.from(svg))
    .flatten({ background: '#000' })
    .toColourspace('srgb')
    .raw()
    .toBuffer();
  return { width, height, data };
}
