import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { formOf, mapTensors, tensorsIn } from './tensor-containers.ts';

const [a, b, c] = [tf.scalar(1), tf.zeros([2, 3], 'int32'), tf.tensor1d([true], 'bool')];

describe('tensorsIn', () => {
  it('finds tensors in the order of the form, one that is there twice twice', () => {
    expect(tensorsIn({ first: [a, { inner: b }], number: 3, second: c, again: a })).toEqual([a, b, c, a]);
    expect(tensorsIn(a)).toEqual([a]);
    expect(tensorsIn({ name: 'no tensor', values: new Float32Array(2) })).toEqual([]);
    expect(tensorsIn(undefined)).toEqual([]);
  });
});

describe('mapTensors', () => {
  it('puts other tensors in the places that they have in the order, and leaves the rest', () => {
    const others = [b, c, a];
    const values = new Float32Array(2);
    const mapped = mapTensors(
      { x: [a, 'kept', b], values, y: { z: c } },
      (_, place) => others[place] as tf.Tensor,
    );
    expect(mapped).toEqual({ x: [b, 'kept', c], values, y: { z: a } });
    expect(mapped.values).toBe(values);
    expect(mapped.x[0]).toBe(b);
  });
});

describe('formOf', () => {
  it('says types, shapes and places', () => {
    const variable = tf.variable(tf.scalar(0));
    expect(
      formOf({ x: [a, b], v: variable, isLast: true, name: 'train', nothing: undefined, count: 3 }),
    ).toBe('{x:[float32 [],int32 [2, 3]],v:variable float32 [],isLast:true,name:train,nothing:null,count:3}');
    expect(formOf(c)).toBe('bool [1]');
    expect(formOf({ count: 3 }, () => 'number')).toBe('{count:number}');
    variable.dispose();
  });

  it('differs where tensors of the same shapes are in other places', () => {
    const forms = [{ x: a, y: b }, { y: b, x: a }, { x: a, z: b }, [a, b], [[a], b]].map((form) =>
      formOf(form),
    );
    expect(new Set(forms).size).toBe(5);
  });
});
