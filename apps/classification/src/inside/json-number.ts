// JSON has no NaN and no infinity: there it is null.

import { z } from 'zod';

/** A number of a file that was written as JSON; NaN where it was none. */
export const jsonNumber = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN);
