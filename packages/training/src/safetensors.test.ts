import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type SafeTensors } from './safetensors.ts';

const content: SafeTensors = {
  tensors: new Map([
    ['conv/kernel', { shape: [2, 1], data: Float32Array.of(1.5, -0) }],
    ['empty', { shape: [0, 3], data: new Float32Array(0) }],
    ['scalar', { shape: [], data: Int32Array.of(-7) }],
  ]),
  metadata: { step: '12', note: 'é' },
};
const bytes = (): Uint8Array => new Uint8Array(Buffer.concat(encodeSafetensors(content)));

/** A file with this header text and this many bytes of data. */
const crafted = (header: string, data = 0): Uint8Array => {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(data)]);
};

describe('safetensors', () => {
  it('gives back what it was given, bit by bit', () => {
    const { tensors, metadata } = decodeSafetensors(bytes());
    expect(metadata).toEqual(content.metadata);
    expect([...tensors.keys()]).toEqual([...content.tensors.keys()]);
    for (const [name, { shape, data }] of content.tensors) expect(tensors.get(name)).toEqual({ shape, data });
    expect(Object.is(tensors.get('conv/kernel')?.data[1], -0)).toBe(true);
  });

  it('lays a file out as the format says', () => {
    const golden = encodeSafetensors({
      tensors: new Map([['a', { shape: [1], data: Float32Array.of(1) }]]),
      metadata: {},
    });
    expect(Buffer.concat(golden).toString('latin1')).toBe(
      '\x38\0\0\0\0\0\0\0{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  \0\0\x80?',
    );
  });

  it('says what is wrong with a file that is cut short anywhere', () => {
    const file = bytes();
    for (const length of [0, 7, 20, file.length - 5, file.length - 1])
      expect(() => decodeSafetensors(file.subarray(0, length), 'last.safetensors')).toThrow(
        /^last\.safetensors is not a readable safetensors file: .*(cut short|only \d bytes)/,
      );
  });

  it.each([
    ['not JSON', crafted('{"a":'), /header is not JSON/],
    ['an array', crafted('[]'), /not a JSON object/],
    ['no shape', crafted('{"a":{"dtype":"F32","data_offsets":[0,0]}}'), /entry "a" has no valid/],
    ['another type', crafted('{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}', 2), /type F16/],
    ['a gap', crafted('{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', 8), /begins at 4 where 0/],
    [
      'a wrong size',
      crafted('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 4),
      /4 bytes but shape \[2\]/,
    ],
    ['a tail', crafted('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 9), /5 bytes follow/],
    ['a huge header', Buffer.from('ffffffffffffff7f', 'hex'), /header claims/],
  ])('refuses %s', (_, file, message) => {
    expect(() => decodeSafetensors(file)).toThrow(message);
  });

  it('refuses to write a tensor whose size is not its shape', () => {
    const tensors = new Map([['a', { shape: [3], data: new Float32Array(2) }]]);
    expect(() => encodeSafetensors({ tensors, metadata: {} })).toThrow(/"a" has 2 values but shape \[3\]/);
  });
});
