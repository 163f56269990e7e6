/** Looks at the sizes of the images to evaluate before training: what evaluation would refuse must not end a run. */
import { readSize, type SegmentationDataset } from '@plumbline/data';
import type { Config } from '../config/config.ts';
import { checkImageSize, inferenceOptions } from '../inference/inference.ts';

/** Files whose heads are read at a time. */
const AT_ONCE = 64;

/**
 * Reads the heads of the files, some seconds for ten thousand; one that cannot be read is left to whoever decodes it.
 *
 * @throws with one sentence that names the first image that is too large.
 */
export async function checkImageSizes(config: Config, { files }: SegmentationDataset): Promise<void> {
  const options = inferenceOptions(config);
  const seen = files.slice(0, config.data.valLimit ?? files.length);
  for (let first = 0; first < seen.length; first += AT_ONCE) {
    const some = seen.slice(first, first + AT_ONCE);
    const sizes = await Promise.all(some.map(({ image }) => readSize(image)));
    sizes.forEach((size, index) => {
      if (size !== null) checkImageSize(size, options, `Picture ${some[index]?.id}`);
    });
  }
}
