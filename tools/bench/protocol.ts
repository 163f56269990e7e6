/**
 * What the benchmark and its peers say to each other: one JSON object a line, requests on a peer's standard input, answers on
 * its standard output. A peer is a process, so that its memory is its own; it computes only while it is asked to.
 *
 *   → {"do":"prepare","case":{…}}   ← {"answer":"prepared", …}
 *   → {"do":"run","steps":1}        ← {"answer":"ran","milliseconds":[…], …}
 *
 * `{"answer":"failed","reason":"…"}` is one sentence. A peer ends when its standard input does.
 */

/** Of convolutions and matrix products. */
export const PRECISIONS = ['float32', 'bf16'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** What is computed, whoever computes it. */
export interface Case {
  readonly task: 'training' | 'inference';
  /**
   * `deeplab`: DeepLabv3 on ResNet-50 at output stride 16, 21 classes, in torchvision's layout. `fcn`: ResNet-50 at its own output
   * stride of 32 and a 1×1 classifier, in which nothing is dilated.
   */
  readonly network: 'deeplab' | 'fcn';
  /** Height and width of the images. */
  readonly size: number;
  /** Images a step. */
  readonly batch: number;
  /** Normalization, in the short form of `@plumbline/norm`. */
  readonly recipe: string;
  readonly precision: Precision;
}

export const CLASSES = 21;

/** The step's optimizer: SGD whose decay is of all weights, as in PyTorch. */
export const OPTIMIZER = { learningRate: 0.007, momentum: 0.9, weightDecay: 1e-4 } as const;

/** Batch norm cannot normalize one image's pooled branch, which has one value a channel: no peer normalizes it then. */
export const normalizesPooled = ({ batch }: Case): boolean => batch > 1;

export type Request =
  { readonly do: 'prepare'; readonly case: Case } | { readonly do: 'run'; readonly steps: number };

/** Facts about a peer, for people: versions, threads. */
export type About = Readonly<Record<string, string>>;

export interface Prepared {
  readonly answer: 'prepared';
  readonly about: About;
  /** Trainable values of its network; null where it has none. */
  readonly parameters: number | null;
  /** Additions and multiplications of one step, if all convolutions are done by definition; null where unknown. */
  readonly flop: number | null;
}

export interface Ran {
  readonly answer: 'ran';
  /** Of each step. */
  readonly milliseconds: readonly number[];
  /** Most resident memory since the process began. */
  readonly peakBytes: number;
  /** Why this is not what was meant to be measured, in a clause; null: it is. */
  readonly problem: string | null;
}

export interface Failed {
  readonly answer: 'failed';
  readonly reason: string;
}

export type Answer = Prepared | Ran | Failed;
