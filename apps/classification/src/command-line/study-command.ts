/** The command `study`. Nothing here may load TensorFlow: `--help` reads it. */
import { Option, type Command } from 'commander';
import type { StudyFlags } from '../commands/study.ts';
import { withConfigFlags } from './training-commands.ts';
import { wholeNumber } from './whole-number.ts';

export function addStudyCommand(program: Command): void {
  withConfigFlags(program.command('study'))
    .description(
      'recipes × batches × seeds as tables and figures: which normalizations are stable at small batches; goes on where it stopped',
    )
    .option('--recipes <a,b,…>', 'normalizations, or all; left out: bn,gn,ws+gn,wa,wa+bn,wa+gn,pws,mabn,bkn')
    .option('--batches <1,2,…>', 'images at a time; left out: 1,2,4,8,16,32,64')
    .option('--seeds <0,1,…>', 'seeds; left out: 0,1')
    .option(
      '--protocols <a,b>',
      'optimizer: a step takes so many images; normalization: so many pass at a time, and a step takes as many as the configuration says; left out: both',
    )
    .option('--out <folder>', 'where its runs and results go; left out: studies/<preset>')
    .option(
      '--processes <n>',
      'processes of one thread that share the work; left out: one for every core, with a GPU one',
      wholeNumber,
    )
    .option('--retry-failed', 'try again what diverged or was refused')
    .option('--drop-checkpoints', 'delete the checkpoints of a run when it is finished')
    .option('--summarize <folder>', 'write tables and figures of a study again, without training')
    .addOption(new Option('--worker <folder>', 'work on a study that another process began').hideHelp())
    .action(async (options: StudyFlags) => (await import('../commands/study.ts')).study(options));
}
