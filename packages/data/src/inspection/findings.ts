// What is wrong with a data set, or should be known before it is trained on: of single examples, of splits that share
// what they must not, and of classes that nobody labelled.
import type { SampleProblemKind } from './inspect-sample.ts';
import { summarize, type InspectedSplit } from './split-inspection.ts';

/** Something that is wrong (error) or that somebody should know (warning). */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly kind:
    | SampleProblemKind
    | 'listed twice'
    | 'in two splits'
    | 'same picture in two splits'
    | 'same picture twice'
    | 'nothing labelled'
    | 'class without pixels';
  readonly split: string;
  /** The example it is about; null when it is about the whole split. */
  readonly id: string | null;
  /** One sentence that names what and where. */
  readonly message: string;
}

/** Errors first, each split in the order of its list; the first split is the one to train on. */
export function findingsOf(inspected: readonly InspectedSplit[]): Finding[] {
  const findings = [
    ...inspected.flatMap(sampleFindings),
    ...inspected.flatMap(listedTwice),
    ...sharedIds(inspected),
    ...sharedPictures(inspected),
    ...absentClasses(inspected),
  ];
  return [
    ...findings.filter(({ severity }) => severity === 'error'),
    ...findings.filter(({ severity }) => severity === 'warning'),
  ];
}

const sampleFindings = ({ split: { split, ignoreLabel }, samples }: InspectedSplit): Finding[] =>
  samples.flatMap(({ id, problems, counts }) => [
    ...problems.map(({ kind, message }): Finding => ({ severity: 'error', kind, split, id, message })),
    ...(counts?.length === 1 && counts[0]?.[0] === ignoreLabel
      ? [
          {
            severity: 'warning',
            kind: 'nothing labelled',
            split,
            id,
            message: `The mask of "${id}" in ${split} is void everywhere: nothing can be learnt from it.`,
          } as const,
        ]
      : []),
  ]);

function listedTwice({ split: { split, files } }: InspectedSplit): Finding[] {
  const pictures = groupBy(files, ({ image }) => image);
  return [...pictures.values()].flatMap(([first, ...again]): Finding[] =>
    first === undefined || again.length === 0
      ? []
      : [
          {
            severity: 'error',
            kind: 'listed twice',
            split,
            id: first.id,
            message: `"${first.id}" is listed ${again.length + 1} times in ${split}: remove the other lines.`,
          },
        ],
  );
}

interface Place {
  readonly split: string;
  readonly id: string;
  readonly image: string;
  readonly digest: string | null;
}

const places = (inspected: readonly InspectedSplit[]): Place[] =>
  inspected.flatMap(({ split: { split, files }, samples }) =>
    samples.map(({ id, digest }, index) => ({ split, id, digest, image: files[index]?.image ?? '' })),
  );

/** The same file in two splits. */
const sharedIds = (inspected: readonly InspectedSplit[]): Finding[] =>
  [...groupBy(places(inspected), ({ image }) => image).values()].flatMap((same): Finding[] => {
    const [first] = same;
    const splits = [...new Set(same.map(({ split }) => split))];
    if (first === undefined || splits.length < 2) return [];
    return [
      {
        severity: 'error',
        kind: 'in two splits',
        split: first.split,
        id: first.id,
        message: `"${first.id}" is in ${splits.join(' and ')}: what is scored must not be trained on; take it out of one.`,
      },
    ];
  });

/** Files of other names with the same contents. */
const sharedPictures = (inspected: readonly InspectedSplit[]): Finding[] =>
  [...groupBy(places(inspected), ({ digest }) => digest ?? '')].flatMap(([digest, all]): Finding[] => {
    const same = [...new Map(all.map((place) => [place.image, place])).values()];
    const [first] = same;
    if (digest === '' || first === undefined || same.length < 2) return [];
    const isLeak = new Set(same.map(({ split }) => split)).size > 1;
    const names = same.map(({ id, split }) => `"${id}" (${split})`).join(', ');
    return [
      {
        severity: isLeak ? 'error' : 'warning',
        kind: isLeak ? 'same picture in two splits' : 'same picture twice',
        split: first.split,
        id: first.id,
        message: `${names} are byte for byte the same picture: keep it in one place.`,
      },
    ];
  });

const absentClasses = (inspected: readonly InspectedSplit[]): Finding[] =>
  inspected.flatMap((entry): Finding[] => {
    const { split, classes } = summarize(entry);
    const absent = classes.flatMap(({ name, pixels }) => (pixels === 0 ? [name] : []));
    if (absent.length === 0) return [];
    const consequence = entry === inspected[0] ? 'cannot be learnt' : 'have no score';
    const message = `No pixel of ${split} is labelled ${absent.join(', ')}: these classes ${consequence}.`;
    return [{ severity: 'warning', kind: 'class without pixels', split, id: null, message }];
  });

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
