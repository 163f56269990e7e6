// The wire format of protocol buffers, as far as event files need it.
//
// A message is a row of fields; a field is a tag `number · 8 + wire type` and a value: 0 varint (base 128, low
// groups first), 1 eight bytes, 2 length and bytes, 5 four bytes; all little-endian.
// https://protobuf.dev/programming-guides/encoding

const wire = { varint: 0, eightBytes: 1, lengthDelimited: 2, fourBytes: 5 } as const;

/** The fields of a message one after the other. */
export const message = (fields: readonly Uint8Array[]): Uint8Array => Buffer.concat(fields);

export const integerField = (field: number, value: number): Uint8Array =>
  message([tag(field, wire.varint), varint(value)]);

export function floatField(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return message([tag(field, wire.fourBytes), bytes]);
}

export function doubleField(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return message([tag(field, wire.eightBytes), bytes]);
}

/** Bytes, or a message inside a message. */
export const bytesField = (field: number, value: Uint8Array): Uint8Array =>
  message([tag(field, wire.lengthDelimited), varint(value.byteLength), value]);

export const textField = (field: number, value: string): Uint8Array =>
  bytesField(field, new TextEncoder().encode(value));

const tag = (field: number, type: number): Uint8Array => varint(field * 8 + type);

/** A non-negative integer up to 2^53. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}
