// 8-bit pictures of one channel or three.

/** `data` is row-major [height, width, channels], values 0…255. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** ITU-R BT.601's weights of red, green and blue in the brightness, as Pillow's mode "L" takes them. */
const LUMA = [0.299, 0.587, 0.114] as const;

/** The picture with so many channels: colour becomes its luma, grey three equal channels. */
export function withChannels(picture: Picture, channels: 1 | 3): Picture {
  if (picture.channels === channels) return picture;
  const { data } = picture;
  if (channels === 3) {
    return {
      ...picture,
      channels,
      data: Uint8Array.from({ length: 3 * data.length }, (_, i) => data[Math.floor(i / 3)] as number),
    };
  }
  const luma = (i: number): number =>
    LUMA[0] * (data[3 * i] as number) +
    LUMA[1] * (data[3 * i + 1] as number) +
    LUMA[2] * (data[3 * i + 2] as number);
  return {
    ...picture,
    channels,
    data: Uint8Array.from({ length: data.length / 3 }, (_, i) => Math.round(luma(i))),
  };
}
