import { InvalidArgumentError } from 'commander';

/** Of a flag that counts something. @throws as commander wants it if it is none. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('give a whole number from 1 on.');
}
