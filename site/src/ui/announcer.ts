/** Tells screen readers what has changed, at most once a second: only the newest message of a second counts. */

import { byId } from "./elements.ts";

const INTERVAL_MS = 1000;

export type Announce = (message: string) => void;

export function createAnnouncer(): Announce {
  const region = byId("announcements", HTMLElement);
  let next: string | null = null;
  let resting = false;

  function speak(): void {
    resting = next !== null;
    if (next !== null) {
      region.textContent = next;
      next = null;
      setTimeout(speak, INTERVAL_MS);
    }
  }

  return (message) => {
    next = message;
    if (!resting) {
      speak();
    }
  };
}
