/** The command `sweep`. Nothing here may load TensorFlow: `--help` reads it. */
import type { Command } from 'commander';
import type { SweepFlags } from '../commands/sweep.ts';
import { withConfigFlags } from './training-commands.ts';

export function addSweepCommand(program: Command): void {
  withConfigFlags(program.command('sweep'))
    .description(
      'tasks × methods × recipes × domain batchings × seeds as tables and a figure; goes on where it stopped, and several processes may work on it',
    )
    .option('--tasks <A-W,D-W,…>', 'tasks; left out: the configuration’s')
    .option('--all', 'all six tasks of Office-31, or both of the digits, with their average')
    .option(
      '--data <folder>',
      'with --tasks or --all, where Office-31 lies, or mnist and usps; without, two folders: source,target',
    )
    .option('--methods <a,b,…>', 'methods and variants such as cdan+e; left out: one of each kind')
    .option('--recipes <a,b,…>', 'normalizations; left out: bn,gn,wa,wa+bn,wa+gn')
    .option('--batchings <joint,separate,split>', 'how the domains meet; left out: the configuration’s')
    .option('--seeds <0,1,…>', 'seeds; left out: 0,1,2')
    .option(
      '--validator <name>',
      'what chooses a step without target labels; left out: informationMaximization',
    )
    .option('--out <folder>', 'where its runs and results go; left out: sweeps/<preset>-<tasks>')
    .option('--retry-failed', 'try again what diverged, was refused, or did not apply')
    .option('--drop-checkpoints', 'delete the checkpoints of a run when it is finished')
    .option('--summarize <folder>', 'write tables and figure of a sweep again, without training')
    .action(async (options: SweepFlags) => (await import('../commands/sweep.ts')).sweep(options));
}
