import { describe, expect, it } from 'vitest';
import { digitsOf, labelPositions, lines, ticksOf } from './plot-layout.ts';

describe('ticksOf', () => {
  it('gives round numbers around the values', () => {
    expect(ticksOf([38.2, 46.9])).toEqual([38, 40, 42, 44, 46, 48]);
    expect(ticksOf([0.31, 0.42])).toEqual([0.3, 0.32, 0.34, 0.36, 0.38, 0.4, 0.42]);
  });

  it('takes a reference in where it is near, and leaves it out where it would press the values together', () => {
    expect(ticksOf([5, 9], 3.9)[0]).toBeLessThanOrEqual(3.9);
    expect(ticksOf([40, 46], 3.9)[0]).toBe(40);
    expect(ticksOf([5, 9], 12.1).at(-1)).toBeGreaterThanOrEqual(12.1);
    expect(ticksOf([8, 20], 90).at(-1)).toBe(20);
  });

  it('has an axis for one value, for equal ones, and for none', () => {
    expect(ticksOf([]).length).toBeGreaterThan(1);
    const ticks = ticksOf([10.6, 10.6]);
    expect(ticks[0]).toBeLessThanOrEqual(10.6);
    expect(ticks.at(-1)).toBeGreaterThan(10.6);
    expect(ticksOf([0, 0])).toEqual([0, 0.2]);
  });

  it('has ticks that read differently', () => {
    for (const values of [
      [18.09, 18.09],
      [18.01, 18.13],
      [3, 9],
    ]) {
      const ticks = ticksOf(values);
      const written = ticks.map((tick) => tick.toFixed(digitsOf(ticks)));
      expect(new Set(written).size).toBe(ticks.length);
    }
    expect(digitsOf([10, 20])).toBe(0);
    expect(digitsOf([18, 18.02])).toBe(2);
  });

  it('does not go below zero for values that do not', () => {
    expect(ticksOf([0, 7])[0]).toBe(0);
  });
});

describe('labelPositions', () => {
  it('leaves labels where they are wanted if there is room', () => {
    expect(labelPositions([200, 50, 100], 20, 0, 300)).toEqual([200, 50, 100]);
  });

  it('moves labels that touch apart around their mean, in their order', () => {
    expect(labelPositions([101, 100, 99], 20, 0, 300)).toEqual([120, 100, 80]);
    // The first two need [90, 110]; the third touches them, and the block of three lies around 103⅓.
    const places = labelPositions([100, 100, 110], 20, 0, 300);
    expect(places.map((place) => Math.round(place))).toEqual([83, 103, 123]);
  });

  it('keeps them within the frame', () => {
    expect(labelPositions([300, 299, 0], 20, 10, 290)).toEqual([290, 270, 10]);
    expect(labelPositions([10, 10], 20, 10, 290)).toEqual([10, 30]);
  });
});

it('breaks lines between words', () => {
  expect(lines('one two three', 7)).toEqual(['one two', 'three']);
});
