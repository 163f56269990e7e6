// Assignments of `--set` that a sweep decides by a flag of its own: saying them would do nothing.

/** `a.b` of `a.b=value`. */
export const assignmentPath = (assignment: string): string =>
  assignment.slice(0, assignment.indexOf('=')).trim();

/**
 * @param decided the flag that says it, by the path of the option.
 * @param what `sweep`, for the message.
 * @throws with one sentence where one of `set` is among them.
 */
export function refuseDecided(
  set: readonly string[],
  decided: Readonly<Record<string, string>>,
  what: string,
): void {
  for (const assignment of set) {
    const by = decided[assignmentPath(assignment)];
    if (by === undefined) continue;
    throw new Error(`The assignment ${assignment} has no effect on a ${what}: ${by} says it; leave it out.`);
  }
}
