// Which run `--resume` means, and the configuration that it goes on under.

import { RunFolder } from '../run-folder.ts';
import { RUNS } from './free-run-folder.ts';
import { describeAddedOptions, latestUnfinished } from './resume.ts';

/**
 * The run of a folder, or with true the unfinished one under `runs` that was last written to. Says which that is, and what the run
 * is older than.
 *
 * @param validate reads a configuration from config.json's content, as the app does.
 * @throws with one sentence if there is no such run, or its configuration is not valid.
 */
export async function runToResume<Config>(
  resume: string | true,
  validate: (tree: unknown, origin: string) => Config,
): Promise<{ folder: string; config: Config }> {
  const folder = resume === true ? await latest() : resume;
  const run = await RunFolder.open(folder);
  const tree = await run.readConfig();
  const config = validate(tree, run.file('config.json'));
  const added = describeAddedOptions(tree, config);
  if (added !== null) console.log(added);
  return { folder, config };
}

async function latest(): Promise<string> {
  const { folder, ago } = await latestUnfinished(RUNS);
  console.log(`Going on with ${folder}, last written to ${ago} ago.`);
  return folder;
}
