/** What the data set of a study has, for its protocol. */
import type { Config } from '../config/config.ts';
import { openData } from '../data/open-data.ts';

/** Numbers of images and classes. */
export interface Survey {
  readonly training: number;
  readonly test: number;
  readonly classes: number;
}

/** @throws with one sentence on missing or damaged data. */
export async function surveyData(config: Config): Promise<Survey> {
  const { training, test, classes } = await openData(config);
  return { training: training.ids.length, test: test.ids.length, classes: classes.length };
}
