import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { convolutionFilters, denseFilters, depthwiseFilters, filterColumns } from './filter-layout.ts';

describe('the layout of filters', () => {
  it('counts the filters and connections of every kind of kernel', () => {
    expect(convolutionFilters([3, 5, 2, 4])).toEqual({
      statisticAxes: [0, 1, 2],
      filterCount: 4,
      fanIn: 30,
      fanOut: 60,
    });
    expect(convolutionFilters([3, 5, 2, 4], 2)).toMatchObject({ filterCount: 4, fanIn: 30, fanOut: 30 });
    expect(depthwiseFilters([3, 5, 4, 2])).toEqual({
      statisticAxes: [0, 1],
      filterCount: 8,
      fanIn: 15,
      fanOut: 30,
    });
    expect(denseFilters([6, 4])).toEqual({ statisticAxes: [0], filterCount: 4, fanIn: 6, fanOut: 4 });
  });

  it('gives every filter a column', () => {
    const kernel = tf.reshape(tf.range(0, 12), [3, 1, 2, 2]);
    expect(filterColumns(kernel, [0, 1]).arraySync()).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10, 11],
    ]);
  });

  it('names the axes it wants when a kernel has others', () => {
    expect(() => convolutionFilters([3, 3, 2])).toThrow(/input channels, filters\].*shape \[3, 3, 2\]/);
    expect(() => depthwiseFilters([3, 3])).toThrow(/channels, multiplier\].*shape \[3, 3\]/);
    expect(() => denseFilters([1, 3, 3])).toThrow(/\[inputs, outputs\].*shape \[1, 3, 3\]/);
  });
});
