// A flag whose value was forgotten takes the next flag for it: `--run --preset quick` would train in a folder "--preset".

/** What is needed of a command of the commander library. */
export interface ParsedCommand {
  readonly options: readonly {
    readonly long?: string | undefined;
    readonly short?: string | undefined;
    readonly flags: string;
    attributeName(): string;
  }[];
  getOptionValue(name: string): unknown;
}

/** @throws with one sentence when the value of one of the command's options is another of its flags. */
export function refuseSwallowedFlags(command: ParsedCommand): void {
  const flags = new Set(command.options.flatMap(({ long, short }) => [long, short]));
  for (const option of command.options) {
    const value = command.getOptionValue(option.attributeName());
    const texts = (Array.isArray(value) ? (value as unknown[]) : [value]).filter(
      (text): text is string => typeof text === 'string',
    );
    for (const text of texts) {
      const [flag = ''] = text.split('=');
      if (!flags.has(flag)) continue;
      throw new Error(
        `${option.long ?? option.flags} got ${text}, which is another flag: give it a value (${option.flags}).`,
      );
    }
  }
}
