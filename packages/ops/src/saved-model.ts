// TensorFlow's protocol buffer messages, as far as a SavedModel needs them whose variables no checkpoint holds: an exported
// model's are constants, a captured step's are fed. Field numbers are those of
// tensorflow/core/protobuf/{saved_model,meta_graph}.proto and tensorflow/core/framework/*.proto.

const field = (type: string, id: number) => ({ type, id });
const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id });
const map = (type: string, id: number) => ({ keyType: 'string', type, id });

/** The messages, as `Root.fromJSON` of protobufjs takes them: whoever writes some has that library, and not everyone else. */
export const savedModelSchema = {
  nested: {
    SavedModel: {
      fields: { savedModelSchemaVersion: field('int64', 1), metaGraphs: repeated('MetaGraphDef', 2) },
    },
    MetaGraphDef: {
      fields: {
        metaInfoDef: field('MetaInfoDef', 1),
        graphDef: field('GraphDef', 2),
        signatureDef: map('SignatureDef', 5),
      },
    },
    MetaInfoDef: { fields: { tags: repeated('string', 4), tensorflowVersion: field('string', 5) } },
    SignatureDef: {
      fields: { inputs: map('TensorInfo', 1), outputs: map('TensorInfo', 2), methodName: field('string', 3) },
    },
    TensorInfo: {
      fields: { name: field('string', 1), dtype: field('int32', 2), tensorShape: field('TensorShape', 3) },
    },
    GraphDef: { fields: { node: repeated('NodeDef', 1), versions: field('VersionDef', 4) } },
    VersionDef: { fields: { producer: field('int32', 1), minConsumer: field('int32', 2) } },
    NodeDef: {
      fields: {
        name: field('string', 1),
        op: field('string', 2),
        input: repeated('string', 3),
        attr: map('AttrValue', 5),
      },
    },
    AttrValue: {
      fields: {
        list: field('ListValue', 1),
        s: field('bytes', 2),
        i: field('int64', 3),
        f: field('float', 4),
        b: field('bool', 5),
        type: field('int32', 6),
        shape: field('TensorShape', 7),
        tensor: field('TensorProto', 8),
      },
    },
    ListValue: { fields: { i: repeated('int64', 3), f: repeated('float', 4) } },
    TensorShape: { fields: { dim: repeated('Dimension', 2) } },
    Dimension: { fields: { size: field('int64', 1) } },
    TensorProto: {
      fields: {
        dtype: field('int32', 1),
        tensorShape: field('TensorShape', 2),
        tensorContent: field('bytes', 4),
      },
    },
  },
};

/** Numbers of tensorflow/core/framework/types.proto. */
export const DataType = {
  float: 1,
  int32: 3,
  uint8: 4,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  half: 19,
} as const;
export type DataTypeName = keyof typeof DataType;

/** The tensor's shape; null: any size. */
export const shapeMessage = (shape: readonly (number | null)[]): object => ({
  dim: shape.map((size) => ({ size: size ?? -1 })),
});
