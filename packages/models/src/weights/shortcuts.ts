/** Shortcuts without weights leave those of a file unused: its network computes something else with the same shapes. */
import type * as tfl from '@tensorflow/tfjs-layers';
import { PaddedShortcut } from '../layers/padded-shortcut.ts';
import type { ImportReport } from './import-report.ts';
import type { NamedWeights } from './named-weights.ts';

const WHY =
  "its shortcut has no weights, and that of the file's network is a convolution: build the model with shortcut projection";

/** What is to be reported of blocks whose shortcuts are convolutions in the file only. */
export function unusedShortcuts(
  model: tfl.LayersModel,
  { weights }: NamedWeights,
): ImportReport['changedFunction'] {
  const kernels = [...weights.keys()];
  return model.layers
    .filter((layer) => layer instanceof PaddedShortcut)
    .filter(({ name }) => {
      const kernel = name.replace(/shortcut$/, 'downsample.0/kernel');
      return kernels.some((key) => key.endsWith(kernel));
    })
    .map(({ name }) => ({ layer: name, why: WHY }));
}
