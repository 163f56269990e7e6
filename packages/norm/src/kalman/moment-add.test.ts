import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { MomentAdd } from './moment-add.ts';

const map = (): tfl.SymbolicTensor => tfl.input({ shape: [null, null, 4] });
const pair = (): tfl.SymbolicTensor => tfl.input({ batchShape: [1, 2, 4] });

describe('MomentAdd', () => {
  it('adds maps, and their moments', () => {
    const [a, b] = [tf.ones([2, 3, 3, 4]), tf.fill([2, 3, 3, 4], 2)];
    const [momentsA, momentsB] = [tf.fill([1, 2, 4], 3), tf.fill([1, 2, 4], 4)];
    const [y, moments] = new MomentAdd().apply([a, b, momentsA, momentsB]) as tf.Tensor[];
    expect(y?.dataSync().every((value) => value === 3)).toBe(true);
    expect(moments?.shape).toEqual([1, 2, 4]);
    expect(moments?.dataSync().every((value) => value === 7)).toBe(true);
    expect((new MomentAdd().apply([a, b]) as tf.Tensor).dataSync()[0]).toBe(3);
  });

  it('announces its outputs', () => {
    const sum = new MomentAdd().apply([map(), map(), pair(), pair()]) as tfl.SymbolicTensor[];
    expect(sum.map(({ shape }) => shape)).toEqual([[null, null, null, 4], [1, 2, 4]]); // prettier-ignore
    const known = tfl.input({ batchShape: [2, 5, 5, 4] });
    expect((new MomentAdd().apply([map(), known]) as tfl.SymbolicTensor).shape).toEqual([2, 5, 5, 4]);
  });

  it('refuses other numbers of inputs and maps that differ, by name', () => {
    const add = new MomentAdd({ name: 'sum' });
    expect(() => add.apply([map(), map(), pair()])).toThrow(/MomentAdd "sum" got 3 inputs: give it \[a, b\]/);
    expect(() => add.apply([map(), tfl.input({ shape: [null, null, 5] })])).toThrow(
      /MomentAdd "sum" got maps of shape \[null, null, null, 4\] and \[null, null, null, 5\]/,
    );
  });
});
