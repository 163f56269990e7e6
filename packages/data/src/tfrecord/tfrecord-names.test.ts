import { describe, expect, it } from 'vitest';
import { uniqueIds } from './tfrecord-names.ts';

describe('uniqueIds', () => {
  it.each([
    ['names of TensorFlow DeepLab', ['2007_000032', '2007_000039'], ['2007_000032', '2007_000039']],
    ['file names', ['a.jpg', 'b.JPEG', 'c.png', 'd.v2', 'e.'], ['a', 'b', 'c', 'd.v2', 'e']],
    ['folders', ['x/a.png', '/y/z/b.png', 'C:\\data\\c.png'], ['a', 'b', 'c']],
    ['equal files in several folders', ['x/1.png', 'y/1.png', '../1.png'], ['x+1', 'y+1', '1']],
    ['equal names', ['a', 'a', 'b', 'a-2', 'a'], ['a', 'a-2', 'b', 'a-2-2', 'a-3']],
    ['names that differ in capitals', ['A.jpg', 'a.jpg'], ['A', 'a-2']],
    [
      'names that lead elsewhere',
      ['../../etc/passwd', '..', '/', ' .x '],
      ['etc+passwd', 'unnamed', 'unnamed-2', 'x'],
    ],
    [
      'letters of any language and signs of none',
      ['Zürich 1', 'a:b*c?\n', '東京'],
      ['Zürich 1', 'a_b_c__', '東京'],
    ],
  ])('makes ids of %s', (_, names, ids) => {
    expect(uniqueIds(names)).toEqual(ids);
  });

  it('cuts names that are too long for a file, and keeps them apart', () => {
    const [a = '', b = ''] = uniqueIds([`${'東'.repeat(90)}1`, `x${'東'.repeat(90)}1`]);
    expect(a).toBe(`${'東'.repeat(49)}1`);
    expect(b).toBe(`${a}-2`);
    expect(uniqueIds(['a'.repeat(200)])).toEqual(['a'.repeat(200)]);
  });
});
