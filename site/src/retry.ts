/** Tries a request again when that may help. */

import { isRetryable } from "./aws-error.ts";
import type { Clock, Connection } from "./clock.ts";
import { NetworkError } from "./http.ts";

/** How often a request is sent at most. */
export const MAX_ATTEMPTS = 5;

const FIRST_DELAY_MS = 1000;

/** Why nothing is being sent just now. */
export type Pause =
  | { readonly kind: "offline" }
  /** The next attempt, counted from 1, follows after the delay. */
  | { readonly kind: "back-off"; readonly attempt: number; readonly delayMs: number };

export interface RetryContext {
  readonly clock: Clock;
  readonly connection: Connection;
  /** A number from 0 up to 1: spreads the attempts of many pages that failed at the same moment. */
  readonly random: () => number;
}

export interface RetryOptions {
  readonly signal: AbortSignal;
  /** Told when sending pauses, and null when it goes on. */
  readonly onPause: (pause: Pause | null) => void;
}

/**
 * Calls `attempt` until it succeeds, fails for good or has failed MAX_ATTEMPTS times.
 *
 * Without a connection it waits for one, and such failures do not count.
 *
 * @throws what the last attempt threw, or the signal's reason
 */
export async function withRetry<T>(
  { clock, connection, random }: RetryContext,
  { signal, onPause }: RetryOptions,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; ) {
    if (!connection.isOnline()) {
      onPause({ kind: "offline" });
      await connection.online(signal);
      onPause(null);
    }
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NetworkError && !connection.isOnline()) {
        continue;
      }
      failures++;
      if (!isRetryable(error) || failures === MAX_ATTEMPTS) {
        throw error;
      }
      const delayMs = backOffMs(failures, random());
      onPause({ kind: "back-off", attempt: failures + 1, delayMs });
      await clock.sleep(delayMs, signal);
      onPause(null);
    }
  }
}

/** 1 s, 2 s, 4 s, 8 s after the first, second, ... failure, each up to a quarter more or less. */
function backOffMs(failures: number, random: number): number {
  return FIRST_DELAY_MS * 2 ** (failures - 1) * (0.75 + random / 2);
}
