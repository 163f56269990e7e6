import { describe, expect, it } from 'vitest';
import { withChannels, type Picture } from './picture.ts';

const colours: Picture = {
  width: 2,
  height: 2,
  channels: 3,
  data: Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 200, 100, 50),
};

describe('withChannels', () => {
  it('makes grey by the luma of ITU-R BT.601', () => {
    // Pillow 13, convert("L"): 76, 150, 29, and 124.2 for the last.
    expect(withChannels(colours, 1)).toEqual({
      width: 2,
      height: 2,
      channels: 1,
      data: Uint8Array.of(76, 150, 29, 124),
    });
  });

  it('makes three equal channels of grey, and leaves what is right', () => {
    const grey: Picture = { width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 9) };
    expect([...withChannels(grey, 3).data]).toEqual([7, 7, 7, 9, 9, 9]);
    expect(withChannels(grey, 1)).toBe(grey);
  });
});
