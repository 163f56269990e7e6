// The JavaScript examples of a README, each to be run on its own.

/** The code blocks marked `js`, in their order. */
export const readmeExamples = (readme: string): string[] =>
  [...readme.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1] ?? '');

/** Runs an example as the body of an async function, its imports taken from `modules`, by the names they are imported by. */
export async function runExample(example: string, modules: Readonly<Record<string, object>>): Promise<void> {
  const body = example
    .replace(/^import \* as (\w+) from '([^']+)';$/gm, "const $1 = modules['$2'];")
    .replace(/^import (\{[^}]+\}) from '([^']+)';$/gm, "const $1 = modules['$2'];");
  const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
    parameter: string,
    body: string,
  ) => (available: typeof modules) => Promise<void>;
  await new AsyncFunction('modules', body)(modules);
}
