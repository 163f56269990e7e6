/** A ladder: the configurations that `compare` sets side by side, at which batch sizes, from which seeds. */
import { readFile } from 'node:fs/promises';
import { parse, YAMLError } from 'yaml';
import { z } from 'zod';

const assignments = z.array(z.string().regex(/^[^=]+=/, 'must be written as a.b=value'));
const batchSize = z.number().int().min(1);
const unique = <T>(values: readonly T[]): boolean => new Set(values).size === values.length;
const TWICE = 'must not hold anything twice';

const entrySchema = z.strictObject({
  /** Its name in table and figure. */
  label: z.string().trim().min(1),
  /** What is special about it, as `--set` takes it. */
  set: assignments.default([]),
  /** More of it at some numbers of images per step: another learning rate, for example. */
  perBatch: z
    .record(z.string().regex(/^[1-9]\d*$/, 'must be a number of images per step'), assignments)
    .default({}),
  /** Images per step, where not all of the ladder's. */
  batch: z.array(batchSize).min(1).refine(unique, TWICE).optional(),
});

const ladderSchema = z.strictObject({
  entries: z
    .array(entrySchema)
    .min(1)
    .refine((entries) => unique(entries.map(({ label }) => folderName(label))), 'must have different labels'),
  /** Images per step. */
  batch: z.array(batchSize).min(1).refine(unique, TWICE).default([1, 2, 4]),
  seeds: z.array(z.number().int().min(0)).min(1).refine(unique, TWICE).default([0, 1, 2]),
});

export type LadderEntry = z.output<typeof entrySchema>;
export type Ladder = z.output<typeof ladderSchema>;

/** A label as part of a folder's name. */
export const folderName = (label: string): string =>
  label
    .toLowerCase()
    .replace(/[^a-z0-9+.]+/g, '-')
    .replace(/^[-.]+|-+$/g, '') || 'entry';

const ofRecipe = (recipe: string): LadderEntry => ({
  label: recipe,
  set: [`model.recipe=${recipe}`],
  perBatch: {},
});

const FROZEN: LadderEntry = {
  label: 'bn, frozen',
  set: ['model.recipe=bn', 'model.freezeNorm=backbone'],
  perBatch: {},
};

/** The normalizers that small batches are about, in the order of the papers. */
const SMALL_BATCH = ['bn', 'gn', 'ws+gn', 'wa', 'wa+gn', 'pws', 'mabn', 'bkn'] as const;

export const LADDERS = {
  'small-batch': {
    description: `${SMALL_BATCH.join(', ')} at 1, 2 and 4 images per step; with weights also bn, frozen.`,
    /** @param hasWeights Whether the network starts from a file: frozen statistics of random weights teach nothing. */
    entries: (hasWeights: boolean): LadderEntry[] =>
      SMALL_BATCH.flatMap((recipe) =>
        recipe === 'bn' && hasWeights ? [ofRecipe(recipe), FROZEN] : [ofRecipe(recipe)],
      ),
  },
} as const;

const isLadderName = (name: string): name is keyof typeof LADDERS => Object.hasOwn(LADDERS, name);

/** What the command line says about a ladder. */
export interface LadderArguments {
  /** Of `LADDERS`, or the path of a YAML file. Default `small-batch`. */
  ladder?: string;
  /** Recipes in place of a ladder's entries. */
  recipes?: readonly string[];
  batch?: readonly number[];
  seeds?: readonly number[];
}

function checked(tree: unknown, origin: string): Ladder {
  const result = ladderSchema.safeParse(tree);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'top level'}: ${message}`,
  );
  throw new Error(
    `The ladder (${origin}) is not valid: ${problems.join('; ')}; it is a list "entries" of { label, set, perBatch, batch }, ` +
      'and if wanted "batch" and "seeds".',
  );
}

async function readLadderFile(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Error(
      `There is no ladder "${file}" and no such file (${reason}): use ${Object.keys(LADDERS).join(', ')}, or the path of a YAML file.`,
      { cause: error },
    );
  });
  try {
    const tree: unknown = parse(text);
    return typeof tree === 'object' && tree !== null ? { ...tree } : { entries: tree };
  } catch (error) {
    if (!(error instanceof YAMLError)) throw error;
    const [what = ''] = error.message.split('\n');
    throw new Error(`The ladder file ${file} is not valid YAML: ${what.replace(/:$/, '')}.`, {
      cause: error,
    });
  }
}

/**
 * The ladder of a command line: a named one, one from a file, or a list of recipes; batch sizes and seeds of the command line go
 * before those of the file.
 *
 * @param hasWeights Whether the network starts from a file of weights.
 * @throws with one sentence that names what is wrong.
 */
export async function readLadder(
  { ladder = 'small-batch', recipes, batch, seeds }: LadderArguments,
  hasWeights: boolean,
): Promise<Ladder> {
  const over = { ...(batch === undefined ? {} : { batch }), ...(seeds === undefined ? {} : { seeds }) };
  if (recipes !== undefined) return checked({ entries: recipes.map(ofRecipe), ...over }, '--recipes');
  if (isLadderName(ladder)) return checked({ entries: LADDERS[ladder].entries(hasWeights), ...over }, ladder);
  return checked({ ...(await readLadderFile(ladder)), ...over }, ladder);
}
