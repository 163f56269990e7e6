// Attributes of an operation, from the binding's form to a graph node's.

import type { NativeAttribute } from '@plumbline/ops';
import { shapeMessage } from '@plumbline/ops/saved-model';
import type { SessionBinding } from './session-backend.ts';

/** @throws on a kind that no operation of a training step has. */
export function nodeAttributes(
  attributes: readonly NativeAttribute[],
  binding: SessionBinding,
): Record<string, object> {
  return Object.fromEntries(attributes.map((attribute) => [attribute.name, message(attribute, binding)]));
}

function message({ name, type, value }: NativeAttribute, binding: SessionBinding): object {
  switch (type) {
    case binding.TF_ATTR_TYPE:
      return { type: value };
    case binding.TF_ATTR_INT:
      return Array.isArray(value) ? { list: { i: value } } : { i: value };
    case binding.TF_ATTR_FLOAT:
      return Array.isArray(value) ? { list: { f: value } } : { f: value };
    case binding.TF_ATTR_BOOL:
      return { b: value };
    case binding.TF_ATTR_STRING:
      return { s: new TextEncoder().encode(String(value)) };
    case binding.TF_ATTR_SHAPE:
      return { shape: shapeMessage(value as readonly number[]) };
    default:
      throw new Error(`The attribute ${name} is of kind ${type}, which a captured step cannot hold.`);
  }
}
