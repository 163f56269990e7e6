/** The loader alone: a step is the making of one batch, by as many threads as there would be in training. */
import { openVoc, SegmentationLoader } from '@plumbline/data';
import { about } from './tensorflow.ts';
import type { Role } from './serve.ts';

/** How long a step lasts at least: a batch alone may be a hundredth of that. */
const LEAST_MILLISECONDS = 1000;

export const loader =
  (root: string): Role =>
  async ({ batch, size }) => {
    const dataset = await openVoc({ root, split: 'train' });
    const augment = { baseSize: null, cropSize: size };
    const source = new SegmentationLoader({ dataset, augment, batchSize: batch });
    /** Milliseconds a batch, from a stand: what is made ahead while nobody asks must not count. */
    const step = async (): Promise<number> => {
      const start = performance.now();
      let count = 0;
      const batches = source.batches();
      while (performance.now() - start < LEAST_MILLISECONDS) {
        await batches.next();
        count++;
      }
      const each = (performance.now() - start) / count;
      await batches.return();
      return each;
    };
    return {
      about: about(),
      parameters: null,
      flop: null,
      run: async (steps) => {
        const times: number[] = [];
        while (times.length < steps) times.push(await step());
        return times;
      },
      problem: () => null,
    };
  };
