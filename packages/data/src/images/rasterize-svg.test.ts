import { decode } from 'fast-png';
import { expect, it } from 'vitest';
import { rasterizeSvg } from './rasterize-svg.ts';

it('draws an SVG with so many pixels per unit', async () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20" viewBox="0 0 30 20"><rect width="30" height="20" fill="#ff0000"/></svg>';
  const { width, height, data } = decode(await rasterizeSvg(svg, 3));
  expect([width, height]).toEqual([90, 60]);
  expect([...data.slice(0, 3)]).toEqual([255, 0, 0]);
});
