// `import '@plumbline/norm/register'` before `tf.loadLayersModel`: makes every class of this package known to it, also
// in a bundle, from which bundlers remove the classes that a program does not name.

import * as tf from '@tensorflow/tfjs-core';
import * as norm from './index.ts';

type Registrable = tf.serialization.SerializableConstructor<tf.serialization.Serializable>;

/** A class that is stored under its name; abstract ones have none. */
const isRegistrable = (value: unknown): value is Registrable =>
  typeof value === 'function' &&
  value.prototype instanceof tf.serialization.Serializable &&
  Object.hasOwn(value, 'className');

for (const value of Object.values(norm)) if (isRegistrable(value)) tf.serialization.registerClass(value);
