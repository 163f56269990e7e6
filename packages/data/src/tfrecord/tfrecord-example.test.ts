import { decode } from 'fast-png';
import { createBuilder, Example, type ExampleBuilder } from 'tfrecord';
import { describe, expect, it } from 'vitest';
import { decodeIndices, VOC_LABELS } from '../images/index-mask.ts';
import { decodeExample, encodeExample, encodeGreyMask, imageFormat } from './tfrecord-example.ts';
import { SECOND_EXAMPLE, TENSORFLOW_EXAMPLES } from './tfrecord-golden.test.fixture.ts';
import { maskOf } from '../datasets/tiny-voc.test.fixture.ts';

// Around a record lie 12 bytes of length and 4 of checksum.
const first = TENSORFLOW_EXAMPLES.subarray(12, SECOND_EXAMPLE - 4);
const second = TENSORFLOW_EXAMPLES.subarray(SECOND_EXAMPLE + 12, -4);

describe('a record of TensorFlow DeepLab', () => {
  it('is read and written byte for byte as TensorFlow writes it', () => {
    const example = decodeExample(first, 'Record 1 of golden');
    expect(example.filename).toBe('2007_000032');
    const mask = decodeIndices(example.mask, 'mask', VOC_LABELS);
    expect(mask).toEqual(maskOf(8, 6, (x, y) => (x === 0 ? 255 : y < 3 ? 0 : 15)));
    const record = encodeExample(example, { format: 'jpeg', width: 8, height: 6 });
    expect(Buffer.from(record).equals(first)).toBe(true);
  });

  it('is read whatever else it holds and in whatever order, indices from a palette', () => {
    const example = decodeExample(second, 'Record 2 of golden');
    expect(example.filename).toBe('sets/b/Zürich 1.png');
    expect(decodeIndices(example.mask, 'mask', VOC_LABELS)).toEqual(maskOf(5, 4, (x, y) => x + y));
    expect(imageFormat(example.image)).toBe('png');
  });

  const record = (change: (builder: ExampleBuilder) => void): Uint8Array => {
    const builder = createBuilder();
    builder.setBinary('image/encoded', new Uint8Array([1]));
    builder.setBinary('image/filename', new Uint8Array([65]));
    change(builder);
    return Example.encode(builder.releaseExample()).finish();
  };
  const name = 'image/segmentation/class/encoded';
  it.each([
    ['lacks', (): void => undefined, `lacks the feature ${name} (there: image/encoded, image/filename)`],
    [
      'is a number',
      (b: ExampleBuilder) => b.setInteger(name, 2 ** 40),
      `holds integers in its feature ${name}`,
    ],
    ['is a float', (b: ExampleBuilder) => b.setFloat(name, 1), `holds floats in its feature ${name}`],
    ['is empty', (b: ExampleBuilder) => b.setBinary(name, new Uint8Array()), `has an empty feature ${name}`],
    ['has no value', (b: ExampleBuilder) => b.setBinaries(name, []), `has an empty feature ${name}`],
    [
      'has two values',
      (b: ExampleBuilder) => b.setBinaries(name, [first, second]),
      `holds 2 values in its feature ${name}`,
    ],
  ])('whose mask %s is refused', (_, change, problem) => {
    expect(() => decodeExample(record(change), 'Record 7 of some.tfrecord')).toThrow(
      `Record 7 of some.tfrecord ${problem}: it needs image/encoded, image/filename, ${name} with one value of bytes ` +
        `each, as TensorFlow DeepLab's build_data.py writes them.`,
    );
  });

  it('is not any other record', () => {
    const text = new TextEncoder().encode('plumb line');
    expect(() => decodeExample(text, 'Record 1 of text')).toThrow(
      /^Record 1 of text is no tf\.train\.Example \(.+\): pass/,
    );
    expect(() => decodeExample(new Uint8Array(), 'Record 1 of text')).toThrow(
      'Record 1 of text lacks the feature image/filename (there: none)',
    );
  });

  it('has a grey mask, which TensorFlow does not turn into the brightness of colours', () => {
    const mask = maskOf(3, 2, (x, y) => 10 * x + y);
    const png = decode(encodeGreyMask(mask));
    expect(png).toMatchObject({ width: 3, height: 2, depth: 8, channels: 1 });
    expect(png.palette).toBeUndefined();
    expect([...png.data]).toEqual([...mask.data]);
  });

  it('has an image whose first bytes say what it is', () => {
    expect(imageFormat(new Uint8Array([0xff, 0xd8, 0xff, 0xe0]))).toBe('jpeg');
    expect(imageFormat(new TextEncoder().encode('RIFF....WEBP'))).toBeNull();
    expect(imageFormat(new Uint8Array())).toBeNull();
  });
});
