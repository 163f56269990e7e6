import type { BatchArrays, BatchTask } from './batch-task.ts';
import type { ImageArrays, ImageTask } from './image-task.ts';
import type { InspectTask, SampleInspection } from '../inspection/inspect-sample.ts';

/** What a decoding thread can do. */
export type WorkerTask =
  | { readonly kind: 'batch'; readonly task: BatchTask }
  | { readonly kind: 'images'; readonly task: ImageTask }
  | { readonly kind: 'inspect'; readonly task: InspectTask };

export type WorkerResult =
  | { readonly kind: 'batch'; readonly batch: BatchArrays }
  | { readonly kind: 'images'; readonly batch: ImageArrays }
  | { readonly kind: 'inspect'; readonly sample: SampleInspection };

/** To a decoding thread: a task under a number of its own, or the request to end. */
export type WorkerRequest = { readonly id: number; readonly work: WorkerTask } | 'close';

/** From a decoding thread: the result, or what went wrong with it. */
export type WorkerReply =
  | { readonly id: number; readonly result: WorkerResult }
  | {
      readonly id: number;
      readonly message: string;
      readonly stack: string | undefined;
      readonly isDataError: boolean;
    };
