#!/usr/bin/env node
/** The command line: `plumbline-segmentation start | train | evaluate | predict | …`; `command-line/` has the commands. */
import { prepareEngine } from '@plumbline/runtime/engine';
import { refuseSwallowedFlags } from '@plumbline/training/config';
import { Command } from 'commander';
import { addDataCommands } from './command-line/data-commands.ts';
import { addNetworkCommands } from './command-line/network-commands.ts';
import { addTrainingCommands } from './command-line/training-commands.ts';

// Commands are imported when they run: `--help` must not load TensorFlow, and nothing else before its engine is there.
const WITHOUT_ENGINE: readonly string[] = ['config', 'inspect', 'voc', 'coco', 'tfrecord', 'from-tfrecord'];
const program = new Command('plumbline-segmentation')
  .description('DeepLab on PASCAL VOC with one or two images per step')
  .showHelpAfterError('(--help shows the options)')
  .hook('preAction', async (_, command) => {
    refuseSwallowedFlags(command);
    if (!WITHOUT_ENGINE.includes(command.name())) await prepareEngine();
  });
addTrainingCommands(program);
addNetworkCommands(program);
addDataCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  if (process.env['PLUMBLINE_DEBUG'] !== undefined) console.error(error);
  process.exitCode = 1;
}
