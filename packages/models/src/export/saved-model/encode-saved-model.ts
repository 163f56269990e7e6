import { savedModelSchema } from '@plumbline/ops/saved-model';
import protobuf from 'protobufjs';

const SavedModel = protobuf.Root.fromJSON(savedModelSchema).lookupType('SavedModel');

/** The bytes of a SavedModel message, given as plain data of its fields. */
export const encodeSavedModel = (content: object): Uint8Array =>
  SavedModel.encode(SavedModel.fromObject(content)).finish();
