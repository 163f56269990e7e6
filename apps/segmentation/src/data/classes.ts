/** The class file of a data set that is not VOC: names, colours and the void label, as YAML or JSON. */
import { atomicWrite, checkedPalette, type ClassSet } from '@plumbline/data';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'yaml';
import { z } from 'zod';

const byte = z.number().int().min(0).max(255);

export const classSetSchema = z.strictObject({
  name: z.string().default('own data'),
  classes: z.array(z.string()),
  palette: z
    .array(z.tuple([byte, byte, byte]))
    .nullable()
    .default(null),
  ignoreLabel: byte.default(255),
});

const FORM =
  '"classes: [background, road, …]", and if wanted "palette: [[0, 0, 0], …]", "ignoreLabel: 255" and "name: …"';

/**
 * Reads a class file.
 *
 * @throws with one sentence when it is missing, no YAML, or its classes contradict each other.
 */
export async function readClassSet(path: string): Promise<z.output<typeof classSetSchema>> {
  const refuse = (problem: string, cause?: unknown): never => {
    throw new Error(`The class file ${path} ${problem}.`, { cause });
  };
  let text = '';
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    refuse(`could not be read (${(error as NodeJS.ErrnoException).code}): check data.list.classes`, error);
  }
  let tree: unknown;
  try {
    tree = parse(text);
  } catch (error) {
    const [what = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    refuse(`is not valid YAML: ${what.replace(/[:.]$/, '')}`, error);
  }
  const result = classSetSchema.safeParse(tree);
  if (!result.success) {
    const [issue] = result.error.issues;
    return refuse(
      `is not valid (${issue?.path.join('.') || 'top level'}: ${issue?.message}): it needs ${FORM}`,
    );
  }
  checkedPalette(result.data, path);
  return result.data;
}

/**
 * Writes `<out>/classes.yaml`. One of the same classes stays as it is, so that several splits can share it.
 *
 * @throws with one sentence when it holds other classes: the masks beside it are made for those.
 */
export async function writeClassSet(
  out: string,
  { name, classes, palette, ignoreLabel }: ClassSet,
): Promise<string> {
  const path = join(out, 'classes.yaml');
  const wanted = { name, classes, palette, ignoreLabel };
  if (await stat(path).catch(() => null)) {
    if (isDeepStrictEqual(await readClassSet(path), wanted)) return path;
    throw new Error(
      `${path} holds other classes than these masks have: choose another --out, or those classes.`,
    );
  }
  await atomicWrite(path, new TextEncoder().encode(stringify(wanted, { aliasDuplicateObjects: false })));
  return path;
}
