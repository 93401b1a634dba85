/** The browser's clock and connection. */

import type { Clock, Connection } from "../clock.ts";

export const clock: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, milliseconds);
      signal?.addEventListener("abort", abort, { once: true });
    }),
};

export const connection: Connection = {
  isOnline: () => navigator.onLine,
  online: (signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const stop = new AbortController();
      addEventListener("online", () => (stop.abort(), resolve()), { signal: stop.signal });
      signal?.addEventListener("abort", () => (stop.abort(), reject(signal.reason)), { signal: stop.signal });
    }),
};
