/** Where lines for the user go, and notices that must be seen once per process whoever comes upon them first. */

export type Say = (line: string) => void;

/** Standard error: standard output belongs to results. */
export const sayOnStandardError: Say = (line) => {
  process.stderr.write(`${line}\n`);
};

const said = new Set<string>();

/** Says `line` unless something was already said about `topic` in this process. */
export function sayOnce(topic: string, line: string, say: Say = sayOnStandardError): void {
  if (said.has(topic)) return;
  said.add(topic);
  say(line);
}

/** The line that everyone sees who trains without the native engine. */
export function sayPortable(because: string, say?: Say): void {
  sayOnce(
    'portable backend',
    `Training on a portable backend, several times slower than the native one (convolutions above all): ${because}`,
    say,
  );
}
