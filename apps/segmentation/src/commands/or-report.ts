/** Going on with the other images where one cannot be used. */
import type { Progress } from '@plumbline/training';

/** What `attempt` gives; null where it throws, as for an image that cannot be read or is too large: then says why. */
export async function orReport<T>(progress: Progress, attempt: () => Promise<T>): Promise<T | null> {
  try {
    return await attempt();
  } catch (error) {
    progress.message(error instanceof Error ? error.message : String(error));
    return null;
  }
}
