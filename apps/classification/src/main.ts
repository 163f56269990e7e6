#!/usr/bin/env node
/** The command line: `plumbline-classification start | train | study | …`; `command-line/` has the commands. */
import { prepareEngine } from '@plumbline/runtime/engine';
import { refuseSwallowedFlags } from '@plumbline/training/config';
import { Command } from 'commander';
import { addNetworkCommands } from './command-line/network-commands.ts';
import { addStudyCommand } from './command-line/study-command.ts';
import { addTrainingCommands } from './command-line/training-commands.ts';

// Commands are imported when they run: `--help` must not load TensorFlow, and nothing else before its engine is there.
const WITHOUT_ENGINE: readonly string[] = ['config', 'presets'];
const program = new Command('plumbline-classification')
  .description(
    'Image classification at small batches, and the study of which normalizations are stable there',
  )
  .showHelpAfterError('(--help shows the options)')
  .hook('preAction', async (_, command) => {
    refuseSwallowedFlags(command);
    if (!WITHOUT_ENGINE.includes(command.name())) await prepareEngine();
  });
addTrainingCommands(program);
addNetworkCommands(program);
addStudyCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  if (process.env['PLUMBLINE_DEBUG'] !== undefined) console.error(error);
  process.exitCode = 1;
}
