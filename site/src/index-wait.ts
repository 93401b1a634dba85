/** After an upload: the indexer runs behind S3, so the picture is in the index a moment later. */

import type { Clock } from "./clock.ts";

/** How long the page waits before it says "still being indexed". */
export const INDEX_WAIT_MS = 30_000;

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 4000;

/**
 * Asks with growing pauses until there is an answer.
 *
 * A question that fails counts as "not yet": the picture is stored, so nothing is lost by asking again.
 *
 * @returns what was found, or null after INDEX_WAIT_MS
 */
export async function waitForIndex<T>(clock: Clock, find: () => Promise<T | null>): Promise<T | null> {
  const deadline = clock.now() + INDEX_WAIT_MS;
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 2, LONGEST_DELAY_MS)) {
    await clock.sleep(Math.min(delay, Math.max(deadline - clock.now(), 0)));
    const found = await find().catch(() => null);
    if (found !== null || clock.now() >= deadline) {
      return found;
    }
  }
}
