// Objects inside a layer's configuration (initializers, kernel normalizers) as { className, config } and back.

import * as tf from '@tensorflow/tfjs-core';

/** The stored form of a serializable object; a type, not an interface, so that it counts as a ConfigDict. */
export type Serialized = {
  className: string;
  config: tf.serialization.ConfigDict;
};

/** The stored form of `object`. Its class must be registered with `tf.serialization.registerClass`. */
export const serialize = (object: tf.serialization.Serializable): Serialized => ({
  className: object.getClassName(),
  config: object.getConfig(),
});

/**
 * The object that `stored` describes.
 *
 * @param what What it is, for the error that names an unregistered class.
 */
export function deserialize(stored: Serialized, what: string): tf.serialization.Serializable {
  const entry = tf.serialization.SerializationMap.getMap().classNameMap[stored.className];
  if (entry === undefined) {
    throw new Error(
      `${what[0]?.toUpperCase() ?? ''}${what.slice(1)} is stored as "${stored.className}", which is not registered: ` +
        `import the module that defines it (@plumbline/norm/register for its own normalizers) before loading the model.`,
    );
  }
  const [constructor, fromConfig] = entry;
  return fromConfig(constructor, stored.config);
}
