/** Time and connection as the page sees them; replaced in tests. */

export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Resolves after so many milliseconds, or rejects with the signal's reason. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export interface Connection {
  isOnline(): boolean;
  /** Resolves as soon as there is a connection, or rejects with the signal's reason. */
  online(signal?: AbortSignal): Promise<void>;
}
