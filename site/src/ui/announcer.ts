/** Tells screen readers what has changed, at most once a second: only the newest message of a second counts. */

const INTERVAL_MS = 1000;

export type Announce = (message: string) => void;

/** What is announced becomes the text of `region`, an `aria-live` element. */
export function createAnnouncer(region: Pick<HTMLElement, "textContent">): Announce {
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
