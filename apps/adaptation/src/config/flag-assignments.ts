/** The flags that are short for options, as `--set` would have them. */
import { sources, type ConfigArguments } from '@plumbline/training/config';
import type { Config } from './config.ts';
import { loadConfig } from './load-config.ts';
import { methodAssignment } from './method-variants.ts';
import { parseTask } from './task-config.ts';

export interface ConfigFlags extends ConfigArguments {
  /** `A-W`, `mnist-usps` … */
  task?: string;
  /**
   * A folder: of Office-31; with mnist and usps in it; or, without `task`, two folders of class folders with a comma
   * between them, the source first.
   */
  data?: string;
  method?: string;
  weights?: string;
}

/** Quoted, because values are YAML, and a folder may be called 2012. */
const assign = (option: string, value: string): string => `${option}=${JSON.stringify(value)}`;

function taskAssignments({ task, data }: ConfigFlags): string[] {
  if (task === undefined) {
    if (data === undefined) return [];
    const [source = '', target = '', ...more] = data.split(',');
    if (source === '' || target === '' || more.length > 0) {
      throw new Error(
        `--data got "${data}"; without --task, write two folders with a comma between them, the source first.`,
      );
    }
    return ['task.name=folders', assign('task.source', source), assign('task.target', target)];
  }
  const parsed = parseTask(task);
  const folder = (): string[] => {
    if (data === undefined) return [];
    return parsed.name === 'office31'
      ? [assign('task.root', data)]
      : [assign('task.mnist', `${data}/mnist`), assign('task.usps', `${data}/usps`)];
  };
  return [`task=${JSON.stringify(parsed)}`, ...folder()];
}

/**
 * The flags but `method`, as `--set` would have them.
 *
 * @throws if there is no such task, or `data` does not fit it.
 */
export const assignments = (flags: Omit<ConfigFlags, 'method'>): string[] => [
  ...taskAssignments(flags),
  ...(flags.weights === undefined ? [] : [assign('model.weights', flags.weights)]),
  ...(flags.set ?? []),
];

/**
 * The configuration of a command line.
 *
 * @throws if there is no such task or method, or an option is not valid.
 */
export async function configOf(flags: ConfigFlags): Promise<Config> {
  const { method, set = [], ...others } = flags;
  const config = (more: readonly string[]): Promise<Config> =>
    loadConfig(sources({ ...flags, set: [...assignments(others), ...more] }));
  if (method === undefined) return config(set);
  // What the preset says about its own method holds for another too, as far as that has the option.
  const base = await config([]);
  return config([methodAssignment(method, base.method), ...set]);
}
