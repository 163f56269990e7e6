// Ids for examples whose names come from a file: safe as file names on any system, and no two alike.
import { basename } from 'node:path/posix';

/** Bytes that are left for a name; an ending and what a temporary file adds come on top of them. */
const LONGEST = 200;

/**
 * Ids in the order of the names: file names without folder and ending where those tell all names apart, else with the
 * folders (`a+b+one`), and a number where two are still alike (`one-2`), in small letters too.
 */
export function uniqueIds(names: readonly string[]): string[] {
  const short = names.map((name) => safe(basename(slashes(name))));
  const ids = isUnique(short) ? short : names.map((name) => safe(slashes(name)));
  if (isUnique(ids)) return ids;
  const taken = new Set<string>();
  return ids.map((id) => {
    let free = id;
    for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${id}-${n}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

const slashes = (name: string): string => name.replaceAll('\\', '/');

const isUnique = (ids: readonly string[]): boolean =>
  new Set(ids.map((id) => id.toLowerCase())).size === ids.length;

/** Letters, digits and `._+-` stay, and so do spaces inside; `../` and drives do not. */
function safe(name: string): string {
  const parts = name
    .replace(/\.(jpe?g|png)$/i, '')
    .split('/')
    .map((part) => part.replace(/[^\p{L}\p{M}\p{N}._+ -]/gu, '_').replace(/^[. ]+|[. ]+$/g, ''))
    .filter((part) => part !== '');
  const id = parts.join('+') || 'unnamed';
  return Buffer.byteLength(id) <= LONGEST
    ? id
    : [...id]
        .slice(-LONGEST / 4)
        .join('')
        .trim();
}
