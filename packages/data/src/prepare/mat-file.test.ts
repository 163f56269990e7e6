import { describe, expect, it } from 'vitest';
import { structField } from './mat-file.ts';
import { compressedMat, plainMat } from './mat-golden.test.fixture.ts';

const segmentation = (file: Uint8Array): unknown => structField(file, 'GTcls', 'Segmentation');

/** The plain file with bytes changed where `text` stands. */
function patched(text: string, change: (at: number, file: Buffer) => void): Buffer {
  const file = plainMat();
  const at = file.indexOf(text, 128, 'latin1');
  if (at < 0) throw new Error(`The file holds no "${text}".`);
  change(at, file);
  return file;
}

describe('structField', () => {
  it('reads one matrix of bytes among other fields, column by column', () => {
    const matrix = { rows: 2, columns: 3, data: Buffer.from([0, 8, 0, 20, 15, 15]) };
    expect(segmentation(compressedMat())).toEqual(matrix);
    expect(segmentation(plainMat())).toEqual(matrix);
  });

  it('reads from bytes that lie anywhere in a buffer', () => {
    const shifted = Buffer.concat([Buffer.alloc(3), compressedMat()]).subarray(3);
    expect(segmentation(shifted)).toMatchObject({ rows: 2, columns: 3 });
  });

  it('says what is not there', () => {
    expect(() => structField(plainMat(), 'GTinst', 'Segmentation')).toThrow('it holds no variable GTinst');
    expect(() => structField(plainMat(), 'GTcls', 'Depth')).toThrow('GTcls has no field Depth');
  });

  it('refuses fields that are no bytes', () => {
    expect(() => structField(plainMat(), 'GTcls', 'CategoriesPresent')).toThrow(
      'GTcls.CategoriesPresent is no matrix of type uint8',
    );
    expect(() => structField(plainMat(), 'GTcls', 'Boundaries')).toThrow('is no matrix of type uint8');
  });

  it('refuses what is no struct', () => {
    // The class of an array is the first byte of its flags, 32 bytes before its name.
    const file = patched('GTcls', (at, bytes) => bytes.writeUInt8(9, at - 32));
    expect(() => segmentation(file)).toThrow('GTcls is no single struct');
  });

  it('refuses other files', () => {
    const wrong = 'it is no little-endian MAT-file of level 5';
    expect(() => segmentation(Buffer.from('no MAT-file'))).toThrow(wrong);
    expect(() => segmentation(Buffer.alloc(600))).toThrow(wrong);
    const level73 = plainMat();
    level73.writeUInt16LE(0x0200, 124);
    expect(() => segmentation(level73)).toThrow(wrong);
  });

  it('refuses a truncated file, wherever it ends', () => {
    const file = plainMat();
    for (const length of [130, 150, 300, 500]) {
      expect(() => segmentation(file.subarray(0, length))).toThrow('it is truncated');
    }
    expect(() => segmentation(compressedMat().subarray(0, 200))).toThrow('it is truncated');
  });
});
