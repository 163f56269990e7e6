import sharp from 'sharp';

/**
 * An SVG picture as a PNG file's bytes.
 *
 * @param scale pixels per unit of the SVG. Default 2: sharp in print.
 */
export const rasterizeSvg = (svg: string, scale = 2): Promise<Uint8Array> =>
  sharp(Buffer.from(svg), { density: 72 * scale })
    .png()
    .toBuffer();
