import { areCaffeWeights, caffeWeights } from './caffe-names.ts';
import { areKerasWeights, kerasWeights } from './keras-names.ts';
import type { NamedWeights, WeightRecords } from './named-weights.ts';
import { areTfliteWeights, tfliteWeights } from './tflite-names.ts';
import { torchvisionWeights } from './torchvision-names.ts';

/** Reads a weights file as what its names say it is. */
export function nameWeights(records: WeightRecords): NamedWeights {
  if (areTfliteWeights(records)) return tfliteWeights(records);
  if (areCaffeWeights(records)) return caffeWeights(records);
  return areKerasWeights(records) ? kerasWeights(records) : torchvisionWeights(records);
}
