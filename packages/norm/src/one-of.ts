// Options that are one of a few words. Types check them in TypeScript; JavaScript and stored configurations have no types.

/**
 * `value`, which must be one of `allowed`.
 *
 * @param what What got the option, for the error: a class and its name.
 */
export function oneOf<T extends string>(what: string, option: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new Error(`${what} got ${option} ${JSON.stringify(value)}: use one of ${allowed.join(', ')}.`);
}
