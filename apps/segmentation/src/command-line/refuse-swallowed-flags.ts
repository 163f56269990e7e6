/** A flag whose value was forgotten takes the next flag for it: `--run --preset quick` would train in a folder "--preset". */
import type { Command } from 'commander';

/** @throws with one sentence when the value of one of the command's options is another of its flags. */
export function refuseSwallowedFlags(command: Command): void {
  const flags = new Set(command.options.flatMap(({ long, short }) => [long, short]));
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    const texts = (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string');
    for (const text of texts) {
      const [flag = ''] = text.split('=');
      if (!flags.has(flag)) continue;
      throw new Error(
        `${option.long ?? option.flags} got ${text}, which is another flag: give it a value (${option.flags}).`,
      );
    }
  }
}
